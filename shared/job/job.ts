import type { DurableContext } from '@aws/durable-execution-sdk-js';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Deployed } from '../config/load.ts';
import type { ResourceNames } from '../config/names.ts';
import type { Watch } from './durable.ts';

/** What every job has at hand; made once for each cold start. */
export interface Surroundings extends Deployed {
  readonly names: ResourceNames;
  readonly aws: {
    readonly s3: S3Client;
    readonly dynamo: DynamoDBClient;
    readonly lambda: LambdaClient;
    readonly sns: SNSClient;
  };
  readonly environment: NodeJS.ProcessEnv;
}

/** One run, as the job's story sees it. */
export interface Job<Request, Extra = unknown> extends Surroundings {
  readonly name: string;
  readonly request: Request;
  readonly startedAt: Date;
  readonly executionArn: string;
  readonly extra: Extra;
  readonly log: DurableContext['logger'];
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  watch<T>(name: string, watching: Watch<T>): Promise<T>;
  sleep(name: string, seconds: number): Promise<void>;
}
