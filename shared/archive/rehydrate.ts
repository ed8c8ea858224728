import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asyncBufferFromFile } from 'hyparquet';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { formatTableName } from '../config/table-name.ts';
import { PreconditionError, ProofError } from '../job/errors.ts';
import { fixTextForms } from '../parquet/read-columns.ts';
import { toCopyText } from '../parquet/to-copy-text.ts';
import { postgresError } from '../postgres/errors.ts';
import { quoteName } from '../postgres/quote.ts';
import { sqlStateOf } from '../postgres/sqlstate.ts';
import type { FileBatch } from './check-file.ts';
import { fetchFile } from './fetch-file.ts';
import type { RehydrateRequest, RehydrationPlan } from './rehydration-plan.ts';

export interface LoadedFile {
  readonly key: string;
  /** 0 also where an earlier run has loaded them. */
  readonly rows: number;
  readonly loadedBefore: boolean;
}

export interface Loading extends RehydrateRequest {
  /** Where a file lies while it is loaded. */
  readonly folder: string;
  readonly onFile?: (done: number, of: number) => void;
}

/**
 * Loads the planned files, each in one transaction that remembers it: who runs this again, also after a crash, loads
 * what is not there yet. Throws ProofError where other rows would come back than were archived.
 */
export async function rehydrate(loading: Loading, plan: RehydrationPlan): Promise<LoadedFile[]> {
  return loading.connect(async (client) => {
    if (plan.creates) await createTarget(client, loading, plan);
    const loaded: LoadedFile[] = [];
    for (const [index, file] of plan.files.entries()) {
      const path = join(loading.folder, `batch-${file.id}.parquet`);
      await fetchFile(loading.s3, file, path);
      loaded.push(
        await loadFile(client, loading, plan, { file, path, names: plan.columns.load[index] ?? [] }),
      );
      await rm(path);
      loading.onFile?.(index + 1, plan.files.length);
    }
    return loaded;
  });
}

/** Without constraints and defaults: what is in it is what was archived. */
async function createTarget(
  client: Client,
  { table }: Loading,
  { into, columns }: RehydrationPlan,
): Promise<void> {
  const quoted = quoteName(into.schema, into.name);
  await client.query('BEGIN');
  await fixTextForms(client);
  // A type from a file is made part of a statement: Postgres must take it for a type and nothing else.
  await client.query('SELECT to_regtype(type) FROM unnest($1::text[]) AS asked (type)', [
    columns.create.map(({ type }) => type),
  ]);
  const list = columns.create.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
  await explainingDenial(`GRANT USAGE, CREATE ON SCHEMA ${quoteName(into.schema)} TO CURRENT_USER;`, () =>
    client.query(`CREATE TABLE ${quoted} (${list})`),
  );
  const comment = `Rehydrated by Nightshift from the archive of ${formatTableName(table)}.`;
  await client.query(`COMMENT ON TABLE ${quoted} IS ${client.escapeLiteral(comment)}`);
  await client.query('COMMIT');
}

interface FileToLoad {
  readonly file: FileBatch;
  readonly path: string;
  readonly names: readonly string[];
}

interface Earlier {
  readonly from: string | null;
  readonly to: string | null;
}

async function loadFile(
  client: Client,
  { from, to }: Loading,
  { into, ageColumn }: RehydrationPlan,
  { file, path, names }: FileToLoad,
): Promise<LoadedFile> {
  const quoted = quoteName(into.schema, into.name);
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await fixTextForms(client);
  // Two runs take turns, and the second one sees what the first has loaded.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `nightshift rehydrates into ${formatTableName(into)}`,
  ]);
  const earlier = await readEarlier(client, quoted, file.id);
  const { conditions, covered } = stillToLoad(client, quoteName(ageColumn), { from, to }, earlier);
  if (covered) {
    await client.query('ROLLBACK');
    return { key: file.key, rows: 0, loadedBefore: true };
  }
  const list = names.map((name) => quoteName(name)).join(', ');
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const rows = await copyIn(client, `COPY ${quoted} (${list}) FROM STDIN${where}`, { file, path, names });
  if (conditions.length === 0 && rows !== file.rows) {
    throw new ProofError(
      `s3://${file.bucket}/${file.key} holds ${file.rows} rows, and ${formatTableName(into)} took ${rows}: a trigger keeps rows out. Nothing of this file was loaded.`,
    );
  }
  await client.query(
    /* sql */ `INSERT INTO nightshift.archive_rehydrations (batch_id, into_table, into_oid, loaded_from, loaded_to, rows)
               VALUES ($1, $2, $3::regclass, $4, $5, $6)`,
    [file.id, formatTableName(into), quoted, from ?? null, to ?? null, rows],
  );
  await client.query('COMMIT');
  return { key: file.key, rows, loadedBefore: false };
}

async function readEarlier(client: Client, quoted: string, batch: string): Promise<Earlier[]> {
  const { rows } = await client.query<Earlier>(
    /* sql */ `SELECT to_json(loaded_from)#>>'{}' AS from, to_json(loaded_to)#>>'{}' AS to
                 FROM nightshift.archive_rehydrations WHERE into_oid = $1::regclass AND batch_id = $2`,
    [quoted, batch],
  );
  return rows;
}

/** The rows that are asked for, without those of the periods that earlier runs have loaded. */
function stillToLoad(
  client: Client,
  age: string,
  { from, to }: Pick<Loading, 'from' | 'to'>,
  earlier: readonly Earlier[],
): { conditions: string[]; covered: boolean } {
  const bound = (time: string) => `${client.escapeLiteral(time)}::timestamptz`;
  const within = (period: { from?: string | null | undefined; to?: string | null | undefined }) => [
    ...(period.from ? [`${age} >= ${bound(period.from)}`] : []),
    ...(period.to ? [`${age} < ${bound(period.to)}`] : []),
  ];
  const covered = earlier.some(
    (period) =>
      (period.from === null || (from !== undefined && Date.parse(from) >= Date.parse(period.from))) &&
      (period.to === null || (to !== undefined && Date.parse(to) <= Date.parse(period.to))),
  );
  const before = earlier.map((period) => `(${within(period).join(' AND ')}) IS NOT TRUE`);
  return { conditions: [...within({ from, to }), ...(covered ? [] : before)], covered };
}

async function copyIn(client: Client, sql: string, { file, path, names }: FileToLoad): Promise<number> {
  const target = client.query(copyFrom(sql));
  const place = `s3://${file.bucket}/${file.key}`;
  try {
    await explainingDenial('GRANT INSERT on that table to this role.', async () =>
      pipeline(Readable.from(toCopyText(await asyncBufferFromFile(path), names)), target),
    );
  } catch (error) {
    if (sqlStateOf(error) !== '23505') throw postgresError(`Loading ${place}`, error);
    throw new PreconditionError(
      `Rows of ${place} have keys that are in the table already: nothing of this file was loaded. Load it into a table of its own: leave out --into.`,
    );
  }
  return target.rowCount;
}

async function explainingDenial<T>(remedy: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlStateOf(error) !== '42501') throw error;
    throw new PreconditionError(`Postgres refuses: ${(error as Error).message}. ${remedy}`);
  }
}
