import type { Client } from 'pg';
import { enterBatch, type NewBatch } from '../../shared/archive/archive-ledger.ts';
import { ProofError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { Attempt } from './attempts.ts';
import { type ChosenRows, chooseRows } from './choose-rows.ts';
import { batchOf, copyToFile, transactionKey } from './copy-to-file.ts';
import { keepDays } from './keep-days.ts';
import type { ArchiveAction, Slice } from './plan.ts';
import { proveFile } from './store-file.ts';

/**
 * Moves the oldest batch of a slice to S3, inside of the transaction that is open, and answers its ledger row; undefined
 * when no row is left. The transaction is REPEATABLE READ: every statement sees the same rows, and deleting one that
 * somebody else has changed since raises 40001.
 */
export async function moveToS3(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  slice: Slice,
  attempt: Attempt,
): Promise<NewBatch | undefined> {
  const startedAt = performance.now();
  const { policy } = action;
  const keyOf = await transactionKey(context, client, policy);
  const chosen = await chooseRows(client, action, slice);
  if (!chosen) return undefined;
  if (attempt.lockFirst) await lockRows(client, action, chosen);
  // Before the copy, which would be in vain where the table of days cannot take them.
  const summed = policy.rollUp && (await keepDays(client, policy, chosen));
  const file = keyOf(chosen.month);
  const written = await copyToFile(context, client, action, { where: chosen.where, attempt, file });
  await proveFile(context, file, written, policy.verify);
  proveDays(action, written.rows, summed);
  await deleteExactly(client, action, chosen, written.rows);

  const batch = batchOf(context, action, { file, written, startedAt });
  await enterBatch(client, batch);
  return batch;
}

async function lockRows(client: Client, { policy }: ArchiveAction, { where }: ChosenRows): Promise<void> {
  const table = quoteName(policy.source.schema, policy.source.name);
  await client.query(`SELECT count(*) FROM (SELECT FROM ${table} WHERE ${where} FOR UPDATE) AS locked`);
}

function proveDays({ policy }: ArchiveAction, rows: number, summed: number | undefined): void {
  if (summed === undefined || summed === rows) return;
  throw new ProofError(
    `${policy.name}: ${rows} rows were copied and ${summed} rolled up, so that nothing was deleted: a condition of the policy gives another answer each time.`,
  );
}

/** Deleting other rows than were copied would lose them: the counts differ, and everything is rolled back. */
export async function deleteExactly(
  client: Client,
  { policy }: ArchiveAction,
  { where }: ChosenRows,
  rows: number,
): Promise<void> {
  const table = quoteName(policy.source.schema, policy.source.name);
  const { rowCount } = await client.query(`DELETE FROM ${table} WHERE ${where}`);
  if (rowCount === rows) return;
  throw new ProofError(
    `${policy.name}: ${rows} rows were copied and ${rowCount} would have been deleted, so that nothing was: a trigger keeps rows, or a condition of the policy gives another answer each time.`,
  );
}
