import type { Client } from 'pg';
import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import { inTransaction } from '../../shared/postgres/transaction.ts';
import type { ArchiveContext } from './archive-context.ts';
import { archiveSlice, type Connect, tellBatch } from './archive-slice.ts';
import { type Attempt, inAttempts } from './attempts.ts';
import { detachPartition, reattachPartition } from './detach-partition.ts';
import { findMarked, readMarked, writeComment } from './detached-mark.ts';
import { hiddenRows, tellingWhereRowsAre } from './hidden-rows.ts';
import type { ArchiveAction } from './plan.ts';
import { asValue } from './slices.ts';
import { fingerprintOf } from './table-fingerprint.ts';
import { type Unfit, whyUnfit } from './unfit-partition.ts';
import { takePartition } from './whole-partition.ts';

type MayGoOn = (client: Client) => Promise<boolean>;

/** What became of the partitions. */
export interface PartitionsEnd {
  readonly end: 'emptied' | 'left';
  /** Partitions that stay, by name, and why. */
  readonly kept: Readonly<Record<string, string>>;
  /** Rows that are too large to be archived, in partitions that stay. */
  readonly tooLarge?: number;
}

/**
 * Takes partitions as a whole, one after the other, for as long as `mayGoOn` says so: detached, copied, proved, dropped.
 * Those come first that a run before has detached and did not come to drop.
 */
export async function archivePartitions(
  context: ArchiveContext,
  connect: Connect,
  action: ArchiveAction,
  mayGoOn: MayGoOn,
): Promise<PartitionsEnd> {
  const kept: Record<string, string> = {};
  let tooLarge = 0;
  const endOf = (end: PartitionsEnd['end']) => ({ end, kept, ...(tooLarge > 0 && { tooLarge }) });
  for (const partition of await partitionsToTake(connect, action)) {
    if (!(await connect(mayGoOn))) return endOf('left');
    const outcome = await tellingWhereRowsAre(connect, action, partition, () =>
      archivePartition({ context, connect, action, mayGoOn }, partition),
    );
    if (outcome === 'left') return endOf('left');
    if (outcome === 'gone') continue;
    kept[formatTableName(partition)] = outcome.reason;
    tooLarge += outcome.tooLarge ?? 0;
    context.log.warn('A partition is not taken', {
      table: formatTableName(partition),
      reason: outcome.reason,
    });
  }
  return endOf('emptied');
}

/** A mark on a partition that is not to be taken any more is taken away: whoever detaches it later means something else. */
async function partitionsToTake(
  connect: Connect,
  { policy, partitions }: ArchiveAction,
): Promise<TableName[]> {
  return connect(async (client) => {
    const marked = await readMarked(client, policy);
    const due = new Set(partitions.map(formatTableName));
    for (const table of marked.filter(({ state }) => state === 'attached')) {
      if (!due.has(formatTableName(table))) await writeComment(client, table, table.mark.comment);
    }
    const begun = marked.filter(({ state }) => state !== 'attached');
    const isBegun = new Set(begun.map(formatTableName));
    return [...begun, ...partitions.filter((partition) => !isBegun.has(formatTableName(partition)))];
  });
}

interface Work {
  readonly context: ArchiveContext;
  readonly connect: Connect;
  readonly action: ArchiveAction;
  readonly mayGoOn: MayGoOn;
}

type Outcome = 'gone' | 'left' | Unfit;

/** Each step looks at where the partition stands, so that it may follow on any interruption. */
async function archivePartition(work: Work, partition: TableName): Promise<Outcome> {
  const { context, connect, action } = work;
  const step = <T>(take: (client: Client, attempt: Attempt) => Promise<T>) =>
    inAttempts(context, action.target, (attempt) =>
      connect((client) => unlessGone(client, partition, () => take(client, attempt))),
    );
  const detached = await step((client) => detachUnlessUnfit(client, action, partition));
  if (detached !== 'detached') return detached;
  const own = { ...action, policy: { ...action.policy, source: partition } };
  const table = await step((client) => readDetached(client, partition));
  if (table === 'gone') return 'gone';
  const fingerprints = { [own.target]: table.fingerprint };
  const shrinking = { ...work, context: { ...context, fingerprints } };
  if ((await shrink(shrinking, own, table.rows)) === 'left') return 'left';
  const batches = await step((client, attempt) =>
    inTransaction(client, () => takePartition(context, client, own, attempt)),
  );
  if (batches === 'gone') return 'gone';
  if (!batches) {
    const now = await step((client) => detachUnlessUnfit(client, action, partition));
    if (now !== 'detached') return now;
    return { reason: `it was changed while it was looked at; ${hiddenRows(action, partition)}` };
  }
  for (const batch of batches) tellBatch(context, batch);
  return 'gone';
}

/** Another run that was faster has dropped it: one that is there still misses another table, and that is an error. */
async function unlessGone<T>(
  client: Client,
  { schema, name }: TableName,
  take: () => Promise<T>,
): Promise<T | 'gone'> {
  try {
    return await take();
  } catch (error) {
    if (sqlStateOf(error) !== '42P01') throw error;
    await client.query('ROLLBACK');
    const { rows } = await client.query<{ gone: boolean }>('SELECT to_regclass($1) IS NULL AS gone', [
      quoteName(schema, name),
    ]);
    if (rows[0]?.gone) return 'gone';
    throw error;
  }
}

/** A table that is out already is given back where it holds rows that must stay: a hold may have come since. */
async function detachUnlessUnfit(
  client: Client,
  action: ArchiveAction,
  partition: TableName,
): Promise<'detached' | Unfit> {
  const { policy } = action;
  const before = await whyUnfit(client, action, partition);
  const marked = await findMarked(client, policy, partition);
  const isOut = marked !== undefined && marked.state !== 'attached';
  if (before !== undefined && !isOut) return before;
  await detachPartition(client, policy, partition);
  const out = await findMarked(client, policy, partition);
  if (out?.state !== 'detached') return { reason: `it is no partition of ${policy.name} any more` };
  // Rows may have come in until the detach.
  const after = await whyUnfit(client, action, partition);
  if (after === undefined) return 'detached';
  await reattachPartition(client, policy, out);
  return after;
}

/** So many batches' rows are taken in one transaction, which must end well before its invocation does. */
const batchesAtOnce = 50;

/** Of a detached table that holds more than that, the oldest rows go batch by batch first. */
async function shrink(
  { context, connect, mayGoOn }: Work,
  own: ArchiveAction,
  rows: number,
): Promise<'small' | 'left'> {
  const { policy, cutoff, ageType } = own;
  let batches = Math.ceil(rows / policy.batchRows) - batchesAtOnce;
  if (batches <= 0) return 'small';
  let stopped = false;
  const slice = { from: '-infinity', to: asValue(cutoff, ageType) };
  await archiveSlice(context, connect, own, slice, async (client) => {
    if (batches <= 0) return false;
    batches -= 1;
    stopped = !(await mayGoOn(client));
    return !stopped;
  });
  return stopped ? 'left' : 'small';
}

/** As it stands, out of its table: the plan has judged that one. */
async function readDetached(
  client: Client,
  { schema, name }: TableName,
): Promise<{ readonly rows: number; readonly fingerprint: string }> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${quoteName(schema, name)}`,
  );
  return { rows: rows[0]?.n ?? 0, fingerprint: await fingerprintOf(client, { schema, name }) };
}
