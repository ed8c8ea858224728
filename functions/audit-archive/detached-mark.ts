import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchivePolicy } from './policy.ts';

/** What a partition's comment says while it is being archived; all that giving it back takes. */
export interface DetachedMark {
  /** The policy's name. */
  readonly policy: string;
  /** `FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')` */
  readonly bound: string;
  /** The comment that it had. */
  readonly comment: string | null;
}

export interface MarkedTable extends TableName {
  readonly mark: DetachedMark;
  /** `pending`: its DETACH CONCURRENTLY was interrupted, and its rows are not seen in the table any more. */
  readonly state: 'attached' | 'pending' | 'detached';
}

const prefix = 'Nightshift is archiving this partition, and then drops it: ';

export function formatMark(mark: DetachedMark): string {
  return prefix + JSON.stringify(mark);
}

/** Undefined for a comment that somebody else wrote. Throws PreconditionError for one of ours that was changed. */
export function parseMark(comment: string | null): DetachedMark | undefined {
  if (!comment?.startsWith(prefix)) return undefined;
  try {
    return JSON.parse(comment.slice(prefix.length)) as DetachedMark;
  } catch (cause) {
    throw new PreconditionError(
      `The comment of a table that Nightshift was archiving has been changed, so that it is not known any more where it belongs: ${comment}. Attach it to its table again, and remove the comment.`,
      { cause },
    );
  }
}

/**
 * The tables that a run has begun to take out of the policy's table, and that it, or the run before, did not come to
 * drop. The comment is written before the detach and goes with the table, however often it is renamed or restored.
 */
export async function readMarked(
  client: Client,
  { name: policy }: Pick<ArchivePolicy, 'name'>,
): Promise<MarkedTable[]> {
  const rows = await readCommented(client);
  return rows.flatMap(({ comment, ...table }) => {
    const mark = parseMark(comment);
    return mark?.policy === policy ? [{ ...table, mark }] : [];
  });
}

/** Every table whose comment begins as a mark does, whatever else it says. */
export async function readCommented(
  client: Client,
): Promise<(Omit<MarkedTable, 'mark'> & { readonly comment: string })[]> {
  const { rows } = await client.query<Omit<MarkedTable, 'mark'> & { readonly comment: string }>(
    /* sql */ `SELECT n.nspname AS schema, c.relname AS name, d.description AS comment,
                 CASE WHEN i.inhparent IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END AS state
                 FROM pg_description d JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace
                 LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
                WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0 AND starts_with(d.description, $1)
                ORDER BY 1, 2`,
    [prefix],
  );
  return rows;
}

/** One of them, by its name. */
export async function findMarked(
  client: Client,
  policy: Pick<ArchivePolicy, 'name'>,
  { schema, name }: TableName,
): Promise<MarkedTable | undefined> {
  const marked = await readMarked(client, policy);
  return marked.find((table) => table.schema === schema && table.name === name);
}

/** Null takes the comment away. */
export async function writeComment(
  client: Client,
  { schema, name }: TableName,
  comment: string | null,
): Promise<void> {
  const text = comment === null ? 'NULL' : client.escapeLiteral(comment);
  await client.query(`COMMENT ON TABLE ${quoteName(schema, name)} IS ${text}`);
}
