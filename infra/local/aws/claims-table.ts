import type { CreateTableInput } from '@aws-sdk/client-dynamodb';

/** The table of claims, without what the local DynamoDB does not know. */
export function claimsTable(TableName: string): CreateTableInput {
  return {
    TableName,
    KeySchema: [{ AttributeName: 'claim', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'claim', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
}
