import type { Client } from 'pg';
import { enterBatch, type NewBatch } from '../../shared/archive/archive-ledger.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import { ProofError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { Attempt } from './attempts.ts';
import { batchOf, copyToFile, transactionKey } from './copy-to-file.ts';
import { findMarked } from './detached-mark.ts';
import type { ArchiveAction } from './plan.ts';
import { proveFile } from './store-file.ts';
import { whyUnfit } from './unfit-partition.ts';

/**
 * Moves a detached table to S3, one file for each month, and drops it, inside of the transaction that is open: files,
 * ledger rows and drop count together or not at all, so that whatever was interrupted is begun anew. `action.policy.source`
 * is the detached table. It is locked before anything of it is seen, and until it is gone. Undefined where it is not to be
 * taken any more. Throws ProofError where not each of its rows was copied.
 */
export async function takePartition(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  attempt: Attempt,
): Promise<NewBatch[] | undefined> {
  const { source } = action.policy;
  const table = quoteName(source.schema, source.name);
  await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const marked = await findMarked(client, action.policy, source);
  if (marked?.state !== 'detached' || (await whyUnfit(client, action, source))) return undefined;
  const keyOf = await transactionKey(context, client, action.policy);
  const batches: NewBatch[] = [];
  for (const month of await countMonths(client, action)) {
    batches.push(await takeMonth(context, client, action, { month, attempt, file: keyOf(month.name) }));
  }
  await client.query(`DROP TABLE ${table}`);
  return batches;
}

interface Month {
  /** `2024-03`, and `0000-00` for what is before our era. */
  readonly name: string;
  readonly rows: number;
}

const monthOf = (age: string) =>
  `CASE WHEN ${age} < '0001-01-01' THEN '0000-00' ELSE to_char(${age}, 'YYYY-MM') END`;

/** Every row is in one of them. */
async function countMonths(client: Client, { policy }: ArchiveAction): Promise<Month[]> {
  const { source, ageColumn } = policy;
  const { rows } = await client.query<Month>(/* sql */ `
    SELECT ${monthOf(quoteName(ageColumn))} AS name, count(*)::float8 AS rows
      FROM ${quoteName(source.schema, source.name)} GROUP BY 1 ORDER BY 1`);
  return rows;
}

async function takeMonth(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  { month, attempt, file }: { readonly month: Month; readonly attempt: Attempt; readonly file: string },
): Promise<NewBatch> {
  const startedAt = performance.now();
  const { policy } = action;
  const where = `${monthOf(quoteName(policy.ageColumn))} = '${month.name}'`;
  const written = await copyToFile(context, client, action, { where, attempt, file });
  if (written.rows !== month.rows) {
    throw new ProofError(
      `${policy.name}: ${written.rows} rows of ${month.name} were copied of the ${month.rows} in the partition ${formatTableName(policy.source)}, so that it was not dropped.`,
    );
  }
  await proveFile(context, file, written, policy.verify);
  const batch = batchOf(context, action, { file, written, startedAt });
  const whole = { ...batch, partition: formatTableName(policy.source) };
  await enterBatch(client, whole);
  return whole;
}
