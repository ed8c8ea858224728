import type { Client } from 'pg';
import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { formatMark, type MarkedTable, parseMark, writeComment } from './detached-mark.ts';
import type { ArchivePolicy } from './policy.ts';

/** Who waits here for an ACCESS EXCLUSIVE lock on the whole table has every reader and writer wait behind him. */
const shortWait = '1s';
/** DETACH CONCURRENTLY waits for transactions that have used the table, and keeps nobody from it meanwhile. */
const longWait = '60s';

interface Standing {
  readonly state: 'attached' | 'pending';
  readonly bound: string;
  readonly comment: string | null;
  readonly hasDefault: boolean;
}

/** Null where the table has no such partition. */
async function readStanding(
  client: Client,
  source: TableName,
  partition: TableName,
): Promise<Standing | null> {
  const { rows } = await client.query<Standing>(
    /* sql */ `SELECT CASE WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END AS state,
                 pg_get_expr(c.relpartbound, c.oid) AS bound, obj_description(c.oid, 'pg_class') AS comment,
                 t.partdefid <> 0 AS "hasDefault"
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_partitioned_table t ON t.partrelid = i.inhparent
                WHERE i.inhparent = to_regclass($1) AND i.inhrelid = to_regclass($2)`,
    [quoteName(source.schema, source.name), quoteName(partition.schema, partition.name)],
  );
  return rows[0] ?? null;
}

/**
 * Takes a partition out of its table, or goes on where that was interrupted, so that no row can arrive in it any more.
 * Nothing is done where it is out already. Throws PreconditionError where somebody else has begun to detach it.
 */
export async function detachPartition(
  client: Client,
  policy: Pick<ArchivePolicy, 'name' | 'source'>,
  partition: TableName,
): Promise<void> {
  const standing = await readStanding(client, policy.source, partition);
  if (!standing) return;
  const { state, bound, comment, hasDefault } = standing;
  const marked = parseMark(comment) !== undefined;
  const statement = `ALTER TABLE ${quoteName(policy.source.schema, policy.source.name)} DETACH PARTITION ${quoteName(partition.schema, partition.name)}`;
  if (state === 'pending') {
    if (!marked) throw begunByAnother(partition, statement);
    await waiting(client, longWait, `${statement} FINALIZE`);
    return;
  }
  const mark = marked ? comment : formatMark({ policy: policy.name, bound, comment });
  if (hasDefault) {
    // A default partition would have to be searched for rows that belong here: Postgres refuses CONCURRENTLY.
    await client.query('BEGIN');
    await waiting(client, shortWait, statement);
    await writeComment(client, partition, mark);
    await client.query('COMMIT');
    return;
  }
  await writeComment(client, partition, mark);
  try {
    await waiting(client, longWait, `${statement} CONCURRENTLY`);
  } catch (error) {
    await unmarkAttached(client, policy, partition);
    throw error;
  }
  // Another run whose own DETACH had failed may have taken the mark away meanwhile, and the table is out now.
  if ((await commentOf(client, partition)) !== mark) await writeComment(client, partition, mark);
}

/** Of a partition that is still attached: who detaches it later, by himself, means something else. */
async function unmarkAttached(
  client: Client,
  { source }: Pick<ArchivePolicy, 'source'>,
  partition: TableName,
): Promise<void> {
  try {
    const standing = await readStanding(client, source, partition);
    const mark = standing?.state === 'attached' ? parseMark(standing.comment) : undefined;
    if (!mark) return;
    await client.query(`SELECT set_config('lock_timeout', $1, false)`, [shortWait]);
    await writeComment(client, partition, mark.comment);
  } catch {
    // What kept the DETACH from its work, such as a broken connection, may keep this from it; the next run does it.
  }
}

async function commentOf(client: Client, { schema, name }: TableName): Promise<string | null> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT obj_description(to_regclass($1), 'pg_class') AS comment`,
    [quoteName(schema, name)],
  );
  return rows[0]?.comment ?? null;
}

/** The setting stays with the connection, as DETACH CONCURRENTLY cannot be in a transaction. */
async function waiting(client: Client, lockTimeout: string, statement: string): Promise<void> {
  const { rows } = await client.query<{ before: string }>(
    `SELECT current_setting('lock_timeout') AS before, set_config('lock_timeout', $1, false)`,
    [lockTimeout],
  );
  await client.query(statement);
  await client.query(`SELECT set_config('lock_timeout', $1, false)`, [rows[0]?.before ?? '0']);
}

function begunByAnother(partition: TableName, statement: string): PreconditionError {
  return new PreconditionError(
    `The partition ${formatTableName(partition)} was left by a DETACH CONCURRENTLY that is not Nightshift's: its rows are not seen any more. Finish it with ${statement} FINALIZE.`,
  );
}

/** Gives a partition back as it was, with rows that must not move. Throws what Postgres says. */
export async function reattachPartition(
  client: Client,
  { source }: Pick<ArchivePolicy, 'source'>,
  { mark, ...partition }: Omit<MarkedTable, 'state'>,
): Promise<void> {
  await client.query('BEGIN');
  await client.query(
    `ALTER TABLE ${quoteName(source.schema, source.name)} ATTACH PARTITION ${quoteName(partition.schema, partition.name)} ${mark.bound}`,
  );
  await writeComment(client, partition, mark.comment);
  await client.query('COMMIT');
}
