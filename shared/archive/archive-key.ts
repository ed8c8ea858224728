/**
 * Where an archived file lies, and who wrote it: `archive/<database>/<schema>.<table>/year=2024/month=03/` and then
 * `<resource>-<transaction>-<attempt>.parquet`. The transaction's id keeps attempts apart, and random digits do where a
 * crash made Postgres give the id out once more; the resource id of the RDS instance keeps a restored clone apart, which
 * counts on from the same transaction ids.
 */
export interface ArchiveKey {
  /** Ends in a slash. */
  readonly prefix: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** `2024-03`, by UTC. */
  readonly month: string;
  /** `DbiResourceId` of the instance. */
  readonly resourceId: string;
  /** `pg_current_xact_id()`. */
  readonly transactionId: string;
  /** Random letters and digits. */
  readonly attempt: string;
}

export function archiveKey(key: ArchiveKey): string {
  const [year, month] = key.month.split('-');
  return `${tablePrefix(key)}year=${year}/month=${month}/${key.resourceId}-${key.transactionId}-${key.attempt}.parquet`;
}

/** All files of one table lie under this. */
export function tablePrefix({
  prefix,
  database,
  schema,
  table,
}: Pick<ArchiveKey, 'prefix' | 'database' | 'schema' | 'table'>): string {
  return `${prefix}${database}/${safe(schema)}.${safe(table)}/`;
}

const name = /^(?<resourceId>[A-Za-z0-9-]+)-(?<transactionId>\d+)-[a-z0-9]+\.parquet$/;

/** Who wrote an object, or undefined where its name is not one of ours. */
export function writerOf(key: string): Pick<ArchiveKey, 'resourceId' | 'transactionId'> | undefined {
  const { resourceId, transactionId } = name.exec(key.slice(key.lastIndexOf('/') + 1))?.groups ?? {};
  return resourceId && transactionId ? { resourceId, transactionId } : undefined;
}

/** A name in a key: letters, digits, `_`, `$` and `-` as they are, every other byte as `%` and two digits, dots too. */
function safe(identifier: string): string {
  return Array.from(Buffer.from(identifier), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w$-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
