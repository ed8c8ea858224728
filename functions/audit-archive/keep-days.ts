import type { Client } from 'pg';
import { ProofError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import { ArchiveTableUnready, requireArchiveTable } from './archive-table.ts';
import type { ChosenRows } from './choose-rows.ts';
import type { ArchivePolicy } from './policy.ts';
import { daysOf, insertDays } from './roll-up.ts';

/**
 * Merges the days of chosen rows into the policy's table of days, inside of the transaction that is to delete them, and
 * answers how many rows the days stand for. Throws ArchiveTableUnready, and ProofError.
 */
export async function keepDays(client: Client, policy: ArchivePolicy, chosen: ChosenRows): Promise<number> {
  const { source, archiveTable } = policy;
  const { days } = await requireArchiveTable(client, policy, chosen.month);
  if (!days || !archiveTable) throw new ProofError(`The policy of ${policy.name} rolls nothing up.`);
  const live = quoteName(source.schema, source.name);
  const { rows } = await askingForPartition(policy, chosen, () =>
    client.query<{ made: number; taken: number; summed: number }>(/* sql */ `
      WITH made AS (${daysOf(days, `${live} WHERE ${chosen.where}`)}),
           taken AS (${insertDays(days, archiveTable, 'SELECT * FROM made')} RETURNING 1)
      SELECT count(*)::float8 AS made, coalesce(sum(samples), 0)::float8 AS summed,
             (SELECT count(*) FROM taken)::float8 AS taken FROM made`),
  );
  const { made = 0, taken = 0, summed = 0 } = rows[0] ?? {};
  if (made === taken) return summed;
  throw new ProofError(
    `${policy.name}: its rows make ${made} days, and the archive table took ${taken} of them: a trigger there keeps days out. Nothing was moved.`,
  );
}

/** Postgres tells only of the row itself that no partition takes it. */
export async function askingForPartition<T>(
  policy: ArchivePolicy,
  { month }: ChosenRows,
  insert: () => Promise<T>,
): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    const isConstraint = Boolean((error as { constraint?: unknown }).constraint);
    if (sqlStateOf(error) === '23514' && !isConstraint) throw new ArchiveTableUnready(policy, month);
    throw error;
  }
}
