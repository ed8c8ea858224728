import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';

export interface ClientSettings {
  readonly endpoint: string;
  readonly region?: string;
  readonly maxAttempts?: number;
  readonly retryMode?: 'standard' | 'adaptive';
}

/** The real SDK client of each service, pointed at a local endpoint; close them with `destroyAll`. */
export function localClients({ endpoint, region = 'us-west-1', maxAttempts = 1, retryMode }: ClientSettings) {
  const config = {
    endpoint,
    region,
    maxAttempts,
    ...(retryMode ? { retryMode } : {}),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const clients = {
    cloudwatch: new CloudWatchClient(config),
    dynamo: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    rds: new RDSClient(config),
    s3: new S3Client(config),
    secrets: new SecretsManagerClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    sts: new STSClient(config),
  };
  return {
    ...clients,
    destroyAll: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
