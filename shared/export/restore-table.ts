import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { formatTableName } from '../config/table-name.ts';
import { ProofError } from '../job/errors.ts';
import { fixTextForms } from '../parquet/read-columns.ts';
import { postgresError } from '../postgres/errors.ts';
import { quoteName } from '../postgres/quote.ts';
import { sqlStateOf } from '../postgres/sqlstate.ts';
import { exportCopyText, exportedColumns } from './export-copy-text.ts';
import type { RestorePlan } from './restore-plan.ts';
import { prepareTable } from './target-table.ts';

export interface RestoreTarget {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
  /** Told how many bytes of COPY text have been made so far. */
  readonly onText?: (bytes: number) => void;
}

export interface Restored {
  readonly rows: number;
  readonly created: boolean;
  /** Columns of the table that are not loaded: the table computes them, or the export does not hold them. */
  readonly leftOut: readonly string[];
}

/**
 * Copies an exported table into a table that is empty, or that is made for it, in one transaction. Throws
 * PreconditionError where rows stand there already, and ProofError where other rows would come back than were exported.
 */
export async function restoreTable(target: RestoreTarget, plan: RestorePlan): Promise<Restored> {
  const [first] = plan.files;
  const columns = first ? await exportedColumns(target, first) : [];
  return target.connect(async (client) => {
    await client.query('BEGIN');
    await fixTextForms(client);
    // The saved schema names types as they are seen from `public`. Loading may take hours.
    await client.query('SET LOCAL search_path = pg_catalog, public; SET LOCAL statement_timeout = 0');
    const { created, load, leftOut } = await prepareTable(client, plan, columns);
    const rows = first ? await copyIn(client, target, plan, load) : 0;
    if (rows !== plan.rows) throw otherRows(plan, rows);
    await client.query('COMMIT');
    return { rows, created, leftOut };
  });
}

/** In milliseconds, some 24 days: the longest that a timer of Node takes. */
const longestTimer = 2 ** 31 - 1;

async function copyIn(
  client: Client,
  target: RestoreTarget,
  { into, files }: RestorePlan,
  columns: readonly string[],
): Promise<number> {
  const list = columns.map((name) => quoteName(name)).join(', ');
  const copy = copyFrom(`COPY ${quoteName(into.schema, into.name)} (${list}) FROM STDIN`);
  // The connection's own limit would end what takes longer than a statement of a job may.
  const sink = client.query(Object.assign(copy, { query_timeout: longestTimer }));
  try {
    await pipeline(
      Readable.from(counted(exportCopyText({ ...target, files }, columns), target.onText)),
      sink,
    );
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    throw postgresError(`Loading ${files.length} files into ${formatTableName(into)}`, error);
  }
  return sink.rowCount;
}

async function* counted(text: AsyncIterable<Buffer>, onText: RestoreTarget['onText']) {
  let bytes = 0;
  for await (const chunk of text) {
    bytes += chunk.length;
    onText?.(bytes);
    yield chunk;
  }
}

function otherRows({ into, rows, exportId }: RestorePlan, taken: number): Error {
  return new ProofError(
    `The export ${exportId} holds ${rows} rows, and ${formatTableName(into)} took ${taken}: does a trigger keep rows out? Nothing was changed; load them into a table of their own with --into.`,
  );
}
