import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { DatabaseContext } from '../../shared/alarm/page.ts';
import { rdsClient } from '../../shared/aws/clients.ts';
import { type Instance, readInstance } from '../../shared/aws/instance.ts';
import { once } from '../../shared/job/once.ts';
import { markPlain } from '../../shared/job/plain-job.ts';
import { readSurroundings } from '../../shared/job/surroundings.ts';
import { databaseOf, withJobConnection } from '../../shared/postgres/connect-job.ts';
import { parseEvent } from './event.ts';
import { readDoings } from './read.ts';

/** Whoever asks has given up long before: the database shall not go on for nobody. */
const statementTimeoutSeconds = 2;
/** An address seldom changes; the page that it is for waits less than a second. */
const addressKeptMs = 300_000;

const coldStart = once(async () => {
  const surroundings = await readSurroundings(process.env);
  return {
    surroundings,
    rds: rdsClient(surroundings.config.region),
    logger: new Logger({ serviceName: 'alarm-context' }),
    addresses: new Map<string, { readonly instance: Instance; readonly until: number }>(),
  };
});

type Hands = Awaited<ReturnType<typeof coldStart>>;

/** Says what a database is doing, for a page about an alarm. Reads, and changes nothing. */
async function tellDoings(raw: unknown, context: Context): Promise<DatabaseContext> {
  const { database } = parseEvent(raw);
  const hands = await coldStart();
  hands.logger.addContext(context);
  const { config, environment } = hands.surroundings;
  const job = { name: 'alarm-context', config, environment, request: requestFor(database) };
  const instance = await findInstance(hands, databaseOf(job).instance);
  return withJobConnection(job, instance, readDoings, { statementTimeoutSeconds });
}

/** Named so in `pg_stat_activity`; it has no slot. */
function requestFor(database: string) {
  return { database, slot: 'now', trigger: 'by alarm-fanout', dryRun: false };
}

async function findInstance({ rds, addresses }: Hands, identifier: string): Promise<Instance> {
  const known = addresses.get(identifier);
  if (known && known.until > Date.now()) return known.instance;
  const instance = await readInstance(rds, identifier);
  addresses.set(identifier, { instance, until: Date.now() + addressKeptMs });
  return instance;
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(tellDoings);
markPlain(handler);
