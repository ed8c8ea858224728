/** A table, as the catalog of Postgres names it: without quotes, in its own letters. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const part = /(?:"((?:[^"\0]|"")+)"|([\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_$]*))/u;
const whole = new RegExp(`^${part.source}\\.${part.source}$`, 'u');

/** What Postgres keeps of a name, in bytes of UTF-8; a longer one would silently mean another table. */
const longestName = 63;

/**
 * Reads `schema.name` as SQL writes it: `public.audit_log`, `oddities."Order Line"`, `"a.b"."c""d"`. Capitals need
 * quotes, since Postgres would fold them. Undefined where it is none.
 */
export function parseTableName(text: string): TableName | undefined {
  const [, quotedSchema, plainSchema, quotedName, plainName] = whole.exec(text) ?? [];
  const schema = quotedSchema?.replaceAll('""', '"') ?? plainSchema;
  const name = quotedName?.replaceAll('""', '"') ?? plainName;
  if (schema === undefined || name === undefined) return undefined;
  return [schema, name].every((one) => Buffer.byteLength(one) <= longestName) ? { schema, name } : undefined;
}

/** The shortest way to write a table's name that `parseTableName` reads: one spelling for each table. */
export function formatTableName({ schema, name }: TableName): string {
  return [schema, name].map((one) => (plain.test(one) ? one : `"${one.replaceAll('"', '""')}"`)).join('.');
}

const plain = /^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_$]*$/u;

/** One spelling of a table's name, however the config or an event writes it; what is no name stays as it is. */
export function spellTableName(text: string): string {
  const parsed = parseTableName(text);
  return parsed ? formatTableName(parsed) : text;
}
