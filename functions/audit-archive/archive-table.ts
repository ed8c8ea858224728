import type { Client } from 'pg';
import { NightshiftError, PreconditionError } from '../../shared/job/errors.ts';
import { fixTextForms } from '../../shared/parquet/read-columns.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { isViewReady, makeAllRowsView } from './all-rows-view.ts';
import type { ArchiveContext } from './archive-context.ts';
import { makePartition } from './archive-partition.ts';
import {
  type ArchiveShape,
  archiveShape,
  columnDefinition,
  missingColumns,
  uniqueColumns,
} from './archive-shape.ts';
import { allRowsView } from './made-names.ts';
import type { ArchivePolicy } from './policy.ts';
import { type Relation, readRelations } from './relation-columns.ts';

/**
 * The archive table, a column, a partition or the view is missing: `prepareArchiveTable` makes it, in a transaction of
 * its own, and then the batch succeeds.
 */
export class ArchiveTableUnready extends NightshiftError {
  override readonly name = 'ArchiveTableUnready';
  readonly month: string;

  constructor(policy: ArchivePolicy, month: string) {
    super(
      `The archive table of ${policy.name} has no place for rows of ${month}, or lacks a column or its view.`,
    );
    this.month = month;
  }
}

interface Known {
  readonly shape: ArchiveShape;
  readonly missing: ReturnType<typeof missingColumns>;
  readonly archive: Relation | undefined;
  readonly view: Relation | undefined;
}

async function readArchiveTable(client: Client, policy: ArchivePolicy): Promise<Known> {
  const { source, archiveTable, name } = policy;
  if (!archiveTable) throw new PreconditionError(`The policy of ${name} has no archive table.`);
  const [live, archive, view] = await readRelations(client, [source, archiveTable, allRowsView(source)]);
  if (!live) throw new PreconditionError(`There is no table ${name} any more.`);
  const shape = archiveShape(policy, live.columns);
  const missing = archive ? missingColumns(policy, shape, archive.columns) : [];
  return { shape, missing, archive, view };
}

/**
 * Looks whether the archive table can take rows of a month, but for the month's partition, and answers how it looks.
 * Throws ArchiveTableUnready, or PreconditionError where a person must mend it.
 */
export async function requireArchiveTable(
  client: Client,
  policy: ArchivePolicy,
  month: string,
): Promise<ArchiveShape> {
  const { shape, missing, archive, view } = await readArchiveTable(client, policy);
  if (!archive || missing.length > 0 || !isViewReady(shape, view)) {
    throw new ArchiveTableUnready(policy, month);
  }
  return shape;
}

/**
 * Makes what is missing of the archive table, its columns, the month's partition and the view, in one short transaction
 * that others of its kind wait for. Nothing is done where all is there.
 */
export async function prepareArchiveTable(
  { settings }: Pick<ArchiveContext, 'settings'>,
  client: Client,
  policy: ArchivePolicy,
  month: string,
): Promise<void> {
  // Every statement must see what another one who was faster has made.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await fixTextForms(client);
  await client.query(`SELECT set_config('lock_timeout', $1, true)`, [
    `${settings.limits.lockTimeoutSeconds}s`,
  ]);
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `nightshift archive table of ${policy.name}`,
  ]);
  const { schema, name } = policy.source;
  await client.query(`LOCK TABLE ${quoteName(schema, name)} IN ACCESS SHARE MODE`);
  await make(client, policy, await readArchiveTable(client, policy), month);
  await client.query('COMMIT');
}

async function make(
  client: Client,
  policy: ArchivePolicy,
  { shape, missing, archive, view }: Known,
  month: string,
): Promise<void> {
  const table = policy.archiveTable ?? policy.source;
  const quoted = quoteName(table.schema, table.name);
  if (!archive) await client.query(creation(quoted, shape));
  if (missing.length > 0) {
    const added = missing.map((column) => `ADD COLUMN ${columnDefinition(column)}`);
    await client.query(`ALTER TABLE ${quoted} ${added.join(', ')}`);
  }
  // One that a user has made without partitions takes every month as it is.
  if (!archive || archive.kind === 'p') await makePartition(client, table, shape.partitionBy, month);
  if (!isViewReady(shape, view)) await makeAllRowsView(client, policy, shape, view);
}

/**
 * No column is NOT NULL: the live table may give that up. The index by block ranges costs next to nothing, and rows come
 * nearly in the order of their age.
 */
function creation(quoted: string, shape: ArchiveShape): string {
  const partitionBy = quoteName(shape.partitionBy.name);
  const unique = uniqueColumns(shape).map((name) => quoteName(name));
  const parts = [
    ...shape.columns.map(columnDefinition),
    ...(unique.length > 0 ? [`UNIQUE NULLS NOT DISTINCT (${unique.join(', ')})`] : []),
  ];
  const table = `CREATE TABLE ${quoted} (${parts.join(', ')}) PARTITION BY RANGE (${partitionBy})`;
  return unique.length > 0 ? table : `${table}; CREATE INDEX ON ${quoted} USING brin (${partitionBy})`;
}
