import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import type { ArchiveShape } from './archive-shape.ts';
import { allRowsView } from './made-names.ts';
import type { ArchivePolicy } from './policy.ts';
import type { Relation } from './relation-columns.ts';
import { daysOf, mergedDays } from './roll-up.ts';

/** Tells a view of ours from one that somebody else has given this name. */
const mark = 'Made by Nightshift, and made anew when columns come: ';

/** Whether `v_<table>_all` is there, ours, and has the columns that it should have. */
export function isViewReady(shape: ArchiveShape, view: Relation | undefined): boolean {
  return (
    view?.comment?.startsWith(mark) === true &&
    view.columns.length === shape.columns.length &&
    shape.columns.every(({ name }, at) => view.columns[at]?.name === name)
  );
}

/**
 * Creates `v_<table>_all`: live and archived rows, or the days of both. Replaced where it is there, so that what reads
 * it stays. It shows nobody more than he may see of the two tables. Throws PreconditionError where it cannot be.
 */
export async function makeAllRowsView(
  client: Client,
  policy: ArchivePolicy,
  shape: ArchiveShape,
  view: Relation | undefined,
): Promise<void> {
  const { schema, name } = allRowsView(policy.source);
  const quoted = quoteName(schema, name);
  const remedy = `Drop ${quoted}, or rename it: it is made anew at once.`;
  if (view && view.comment?.startsWith(mark) !== true) {
    throw new PreconditionError(
      `${formatTableName({ schema, name })}, the view over the live and archived rows of ${policy.name}, cannot be made: there is one of that name that is not Nightshift's. ${remedy}`,
    );
  }
  try {
    await client.query(
      `CREATE OR REPLACE VIEW ${quoted} WITH (security_invoker) AS ${definition(policy, shape)}`,
    );
  } catch (error) {
    if (sqlStateOf(error) !== '42P16') throw error;
    throw new PreconditionError(
      `${formatTableName({ schema, name })}, the view over the live and archived rows of ${policy.name}, cannot take its new columns: ${(error as Error).message}. ${remedy}`,
    );
  }
  await client.query(`COMMENT ON VIEW ${quoted} IS ${client.escapeLiteral(mark + policy.name)}`);
}

function definition({ source, archiveTable }: ArchivePolicy, { columns, days }: ArchiveShape): string {
  const live = quoteName(source.schema, source.name);
  const archived = quoteName(archiveTable?.schema ?? '', archiveTable?.name ?? '');
  const list = columns.map(({ name }) => quoteName(name)).join(', ');
  if (!days) return `SELECT ${list} FROM ${live} UNION ALL SELECT ${list} FROM ${archived}`;
  return mergedDays(days, `${daysOf(days, live)} UNION ALL SELECT ${list} FROM ${archived}`);
}
