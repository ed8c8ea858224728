import type { Client } from 'pg';
import { enterBatch, type NewBatch } from '../../shared/archive/archive-ledger.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import { ProofError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { ArchiveShape } from './archive-shape.ts';
import { requireArchiveTable } from './archive-table.ts';
import { type ChosenRows, chooseRows } from './choose-rows.ts';
import { askingForPartition } from './keep-days.ts';
import type { ArchiveAction, Slice } from './plan.ts';
import { daysOf, insertDays } from './roll-up.ts';

/**
 * Moves the oldest batch of a slice into the archive table, or its days, inside of the REPEATABLE READ transaction that
 * is open, and answers its ledger row; undefined when no row is left. Throws ArchiveTableUnready, and ProofError.
 */
export async function moveToTable(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  slice: Slice,
): Promise<NewBatch | undefined> {
  const startedAt = performance.now();
  const { policy } = action;
  const chosen = await chooseRows(client, action, slice);
  if (!chosen) return undefined;
  const shape = await requireArchiveTable(client, policy, chosen.month);
  const moved = await askingForPartition(policy, chosen, () => move(client, action, chosen, shape));
  proveMove(policy.name, moved);
  const batch: NewBatch = {
    policy: policy.name,
    slot: context.slot,
    destination: 'table',
    rows: moved.deleted,
    rawBytes: moved.bytes,
    seconds: (performance.now() - startedAt) / 1_000,
    resourceId: context.resourceId,
    oldest: moved.oldest,
    newest: moved.newest,
    smallestKey: moved.smallestKey,
    largestKey: moved.largestKey,
    archiveTable: policy.archiveTable ? formatTableName(policy.archiveTable) : '',
  };
  await enterBatch(client, batch);
  return batch;
}

interface Moved {
  /** Rows that the condition chooses, before anything is deleted. */
  readonly chosen: number;
  readonly deleted: number;
  /** Rows, or days, that the deleted ones make, and that the archive table took. */
  readonly made: number;
  readonly taken: number;
  /** Rows that the days are made of; where rows go as they are, the deleted ones. */
  readonly summed: number;
  readonly bytes: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly smallestKey: string | null;
  readonly largestKey: string | null;
}

/** One statement: all parts of it see the same rows, and what leaves the one table is what goes into the other. */
async function move(
  client: Client,
  { policy, key }: ArchiveAction,
  { where }: ChosenRows,
  shape: ArchiveShape,
): Promise<Moved> {
  const { source, archiveTable, ageColumn } = policy;
  const live = quoteName(source.schema, source.name);
  const age = quoteName(ageColumn);
  const target = archiveTable ?? source;
  const list = shape.columns.map(({ name }) => quoteName(name)).join(', ');
  const { made, taken, summed } = shape.days
    ? {
        made: daysOf(shape.days, 'gone'),
        taken: insertDays(shape.days, target, 'SELECT * FROM made'),
        summed: 'sum(samples)',
      }
    : {
        made: `SELECT ${list} FROM gone`,
        taken: `INSERT INTO ${quoteName(target.schema, target.name)} (${list}) SELECT ${list} FROM made`,
        summed: 'count(*)',
      };
  const [firstKey] = key.map((column) => quoteName(column));
  const keyAt = (direction: 'ASC' | 'DESC') =>
    firstKey ? `(SELECT ${firstKey}::text FROM gone ORDER BY ${firstKey} ${direction} LIMIT 1)` : 'NULL';
  const { rows } = await client.query<Moved>(/* sql */ `
    WITH gone AS (DELETE FROM ${live} WHERE ${where} RETURNING ${live}.*),
         made AS (${made}),
         taken AS (${taken} RETURNING 1)
    SELECT (SELECT count(*) FROM ${live} WHERE ${where})::float8 AS chosen,
           count(*)::float8 AS deleted, coalesce(sum(pg_column_size(gone.*)), 0)::float8 AS bytes,
           min(${age})::text AS oldest, max(${age})::text AS newest,
           (SELECT count(*) FROM made)::float8 AS made, (SELECT count(*) FROM taken)::float8 AS taken,
           (SELECT coalesce(${summed}, 0) FROM made)::float8 AS summed,
           ${keyAt('ASC')} AS "smallestKey", ${keyAt('DESC')} AS "largestKey"
      FROM gone`);
  const [moved] = rows;
  if (!moved) throw new ProofError(`Postgres did not say what it moved of ${policy.name}.`);
  return moved;
}

/** Counts that differ mean rows that would be lost, or stay and be moved again: everything is rolled back. */
function proveMove(policy: string, { chosen, deleted, made, taken, summed }: Moved): void {
  if (chosen === deleted && deleted === summed && made === taken) return;
  throw new ProofError(
    `${policy}: ${chosen} rows were chosen, ${deleted} would have been deleted, and the archive table took ${taken} of ${made}, which stand for ${summed}; so nothing was moved. A trigger of one of the tables keeps rows, or a condition of the policy gives another answer each time.`,
  );
}
