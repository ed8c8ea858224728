import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import type { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import type { Alert } from '../../shared/alarm/alert.ts';

/** What makes two deliveries the same change of state. */
export type Change = Pick<Alert, 'key' | 'at' | 'state'> & {
  /** CloudWatch tells of the same change again when it no longer holds its actions back. */
  readonly isQuiet: boolean;
};

/** Does the work for a change unless it has been done; rejects while another is at it. */
export type Once = (change: Change, work: () => Promise<void>) => Promise<void>;

const keptSeconds = 86_400;

/** What is under way counts as given up when the invocation's time is over: a killed one is done again. */
export function onceEachIn(context: Context, persistenceStore: DynamoDBPersistenceLayer): Once {
  const config = new IdempotencyConfig({ expiresAfterSeconds: keptSeconds });
  config.registerLambdaContext(context);
  const guarded = makeIdempotent(
    async (_change: Change, work: () => Promise<void>): Promise<void> => work(),
    { persistenceStore, config, dataIndexArgument: 0 },
  );
  return (change, work) => guarded(change, work);
}
