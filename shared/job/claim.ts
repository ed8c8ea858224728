import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetDurableExecutionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { hasName } from '../aws/errors.ts';
import type { Slot } from './slot.ts';

export interface ClaimRequest {
  readonly table: string;
  readonly job: string;
  readonly database: string;
  readonly slot: Slot;
  readonly executionArn: string;
  readonly now: Date;
}

/** `held`: another execution has this slot and still runs; whoever asked should end. */
export type Claim = { readonly kind: 'ours' } | { readonly kind: 'held'; readonly by: string };

const keptDays = 30;

/**
 * Claims job, database and slot for one execution by a conditional write. A claim whose execution no longer runs is
 * taken over. Two that take over at once meet in the same condition, and one of them wins.
 */
export async function claimSlot(
  dynamo: DynamoDBClient,
  lambda: LambdaClient,
  request: ClaimRequest,
): Promise<Claim> {
  let from: string | undefined;
  for (;;) {
    if (await writeClaim(dynamo, request, from)) return { kind: 'ours' };
    const holder = await readHolder(dynamo, request);
    if (holder && (await isRunning(lambda, holder))) return { kind: 'held', by: holder };
    from = holder;
  }
}

const nameOf = ({ job, database, slot }: ClaimRequest) => `${job}#${database}#${slot}`;

/** False where another execution has the claim, and it is not the one that it may be taken from. */
async function writeClaim(dynamo: DynamoDBClient, request: ClaimRequest, from?: string): Promise<boolean> {
  const { table, executionArn, now } = request;
  try {
    await dynamo.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          claim: { S: nameOf(request) },
          executionArn: { S: executionArn },
          claimedAt: { S: now.toISOString() },
          expiresAt: { N: String(Math.floor(now.getTime() / 1_000) + keptDays * 86_400) },
        },
        // ":me" also holds where our own earlier write arrived and its answer was lost.
        ConditionExpression: 'attribute_not_exists(claim) OR executionArn IN (:me, :from)',
        ExpressionAttributeValues: { ':me': { S: executionArn }, ':from': { S: from ?? executionArn } },
      }),
    );
    return true;
  } catch (error) {
    if (hasName(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

async function readHolder(dynamo: DynamoDBClient, request: ClaimRequest): Promise<string | undefined> {
  const key = { claim: { S: nameOf(request) } };
  const answer = await dynamo.send(
    new GetItemCommand({ TableName: request.table, Key: key, ConsistentRead: true }),
  );
  return answer.Item?.executionArn?.S;
}

async function isRunning(lambda: LambdaClient, executionArn: string): Promise<boolean> {
  try {
    const answer = await lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: executionArn }));
    return answer.Status === 'RUNNING';
  } catch (error) {
    // A run of the command line has no execution of AWS's, and its name is refused: whoever asks for its slot goes on.
    if (hasName(error, 'ResourceNotFoundException', 'InvalidParameterValueException')) return false;
    throw error;
  }
}
