import type { TableName } from '../config/table-name.ts';
import { formatTableName } from '../config/table-name.ts';
import type { ArchiveColumn, StoredAs } from '../parquet/archive-columns.ts';

export interface AthenaRequest {
  readonly table: TableName;
  readonly columns: readonly ArchiveColumn[];
  /** `s3://bucket/archive/menotime/public.audit_log/`, ending in a slash. */
  readonly location: string;
  /** First and last year of the partitions that Athena looks for. */
  readonly years: readonly [number, number];
  /** What the table is called in Athena; left out, as in Postgres, in the letters that Athena takes. */
  readonly name?: string;
}

const partitions = ['year', 'month'];

/** `CREATE EXTERNAL TABLE` over the archived files, whose partitions Athena works out by itself (projection). */
export function athenaTable({
  table,
  columns,
  location,
  years,
  name = athenaName(table),
}: AthenaRequest): string {
  const seen = new Set(partitions);
  const lines: string[] = [];
  const leftOut: string[] = [];
  for (const column of columns) {
    const type = athenaType(column.stored);
    const folded = column.name.toLowerCase();
    if (type === undefined) leftOut.push(`${column.name}: Athena has no type for ${column.postgresType}`);
    else if (seen.has(folded)) leftOut.push(`${column.name}: Athena has another column of that name`);
    else lines.push(`  ${quoted(folded)} ${type} COMMENT ${text(describe(column))}`);
    seen.add(folded);
  }
  return [
    `-- ${oneLine(formatTableName(table))}, as Nightshift has archived it. Athena takes every file that lies there, also one`,
    '-- that does not count, of a batch that was rolled back, until the next run sweeps it: hold counts against',
    '-- `nightshift archive stats`.',
    ...leftOut.map((reason) => `-- Left out: ${oneLine(reason)}.`),
    `CREATE EXTERNAL TABLE ${quoted(name)} (`,
    lines.join(',\n'),
    ')',
    'PARTITIONED BY (`year` int, `month` int)',
    'STORED AS PARQUET',
    `LOCATION ${text(location)}`,
    'TBLPROPERTIES (',
    [
      ['projection.enabled', 'true'],
      ['projection.year.type', 'integer'],
      ['projection.year.range', years.join(',')],
      ['projection.year.digits', '4'],
      ['projection.month.type', 'integer'],
      ['projection.month.range', '1,12'],
      ['projection.month.digits', '2'],
      ['storage.location.template', `${location}year=\${year}/month=\${month}/`],
    ]
      .map(([key = '', value = '']) => `  ${text(key)} = ${text(value)}`)
      .join(',\n'),
    ');',
  ].join('\n');
}

/** `public.audit_log` -> `audit_log`, `oddities."Order Line"` -> `oddities_order_line`. */
export function athenaName({ schema, name }: TableName): string {
  const whole = schema === 'public' ? name : `${schema}_${name}`;
  return whole.toLowerCase().replace(/[^a-z0-9_]/g, '_');
}

/** Undefined where Athena's tables have none. Moments with a time zone come as UTC. */
function athenaType(stored: StoredAs): string | undefined {
  switch (stored.kind) {
    case 'bool':
      return 'boolean';
    case 'int16':
      return 'smallint';
    case 'int32':
      return 'int';
    case 'int64':
    case 'oid':
      return 'bigint';
    case 'float':
      return 'float';
    case 'double':
      return 'double';
    case 'text':
    case 'jsonb':
      return 'string';
    case 'uuid':
    case 'bytes':
      return 'binary';
    case 'date':
      return 'date';
    case 'timestamp':
    case 'timestamptz':
      return 'timestamp';
    case 'decimal':
      return `decimal(${stored.precision},${stored.scale})`;
    case 'time':
      return undefined;
  }
}

function describe({ postgresType, selected, stored }: ArchiveColumn): string {
  if (selected === 'hash') return `SHA-256 of ${postgresType}, in hex`;
  return stored.kind === 'timestamptz' ? `${postgresType}, in UTC` : postgresType;
}

const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;
const oneLine = (words: string) => words.replace(/\s+/g, ' ');

/** Of Hive's SQL, in which a backslash escapes. */
function text(value: string): string {
  return `'${oneLine(value).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
