import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';

/** Does something once for each key: who asks again gets what it answered; while it is done, an IdempotencyAlreadyInProgressError. */
export type OncePerKey = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** As long as SQS keeps a message at most: whatever comes later is no repetition. */
const keptSeconds = 14 * 86_400;

export interface OnceStore {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  /** Keys of one purpose are not those of another. */
  readonly purpose: string;
}

/** By Powertools Idempotency. What throws may be done again; so may what was killed, once its invocation is over. */
export function oncePerKey({ dynamo, table, purpose }: OnceStore): (context: Context) => OncePerKey {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: dynamo });
  const config = new IdempotencyConfig({ expiresAfterSeconds: keptSeconds, hashFunction: 'sha256' });
  const run = makeIdempotent((_key: string, work: () => Promise<unknown>) => work(), {
    persistenceStore,
    config,
    keyPrefix: purpose,
    dataIndexArgument: 0,
  });
  return (context) => {
    config.registerLambdaContext(context);
    return <T>(key: string, work: () => Promise<T>) => run(key, work) as Promise<T>;
  };
}
