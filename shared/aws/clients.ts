import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

/** Retries in the service's own time: adaptive, eight tries, so that a throttled night still ends. */
function options(region: string) {
  return { region, retryMode: 'adaptive', maxAttempts: 8 } as const;
}

/**
 * Of what alarms go by. Adaptive, one call that is throttled would hold back all the others of its client, down to one
 * in two seconds: each waits for itself alone. One that hangs is given up and tried again long before its function is.
 */
function optionsOfAlarms(region: string) {
  const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
  return { region, retryMode: 'standard', maxAttempts: 8, requestHandler } as const;
}

/** The second region may be the one that is down: without a limit, each try to connect takes minutes. */
const mostConnectingMs = 5_000;

export const rdsClient = (region: string) =>
  new RDSClient({ ...options(region), requestHandler: { connectionTimeout: mostConnectingMs } });
export const s3Client = (region: string) => new S3Client(options(region));
export const snsClient = (region: string) => new SNSClient(optionsOfAlarms(region));
export const sqsClient = (region: string) => new SQSClient(optionsOfAlarms(region));
export const lambdaClient = (region: string) => new LambdaClient(options(region));
export const dynamoClient = (region: string) => new DynamoDBClient(optionsOfAlarms(region));
export const cloudwatchClient = (region: string) => new CloudWatchClient(optionsOfAlarms(region));
