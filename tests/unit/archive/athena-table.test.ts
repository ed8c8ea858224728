import { expect, test } from '@jest/globals';
import { athenaName, athenaTable } from '../../../shared/archive/athena-table.ts';
import type { ArchiveColumn, StoredAs } from '../../../shared/parquet/archive-columns.ts';

const column = (name: string, stored: StoredAs, changes: Partial<ArchiveColumn> = {}): ArchiveColumn => ({
  name,
  postgresType: 'integer',
  nullable: true,
  generated: false,
  selected: 'value',
  stored,
  ...changes,
});

const base = {
  table: { schema: 'public', name: 'audit_log' },
  location: 's3://bucket/archive/menotime/public.audit_log/',
  years: [2023, 2036] as const,
};

test('the columns, the partitions and where they lie', () => {
  const columns = [
    column('id', { kind: 'int32' }),
    column('at', { kind: 'timestamptz' }, { postgresType: 'timestamp with time zone' }),
    column('price', { kind: 'decimal', precision: 10, scale: 2 }, { postgresType: 'numeric(10,2)' }),
    column('who', { kind: 'text' }, { postgresType: 'text', selected: 'hash' }),
  ];
  const ddl = athenaTable({ ...base, columns });
  expect(ddl.slice(ddl.indexOf('CREATE'))).toBe(
    [
      'CREATE EXTERNAL TABLE `audit_log` (',
      "  `id` int COMMENT 'integer',",
      "  `at` timestamp COMMENT 'timestamp with time zone, in UTC',",
      "  `price` decimal(10,2) COMMENT 'numeric(10,2)',",
      "  `who` string COMMENT 'SHA-256 of text, in hex'",
      ')',
      'PARTITIONED BY (`year` int, `month` int)',
      'STORED AS PARQUET',
      "LOCATION 's3://bucket/archive/menotime/public.audit_log/'",
      'TBLPROPERTIES (',
      "  'projection.enabled' = 'true',",
      "  'projection.year.type' = 'integer',",
      "  'projection.year.range' = '2023,2036',",
      "  'projection.year.digits' = '4',",
      "  'projection.month.type' = 'integer',",
      "  'projection.month.range' = '1,12',",
      "  'projection.month.digits' = '2',",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena fills these in.
      "  'storage.location.template' = 's3://bucket/archive/menotime/public.audit_log/year=${year}/month=${month}/'",
      ');',
    ].join('\n'),
  );
});

test('what Athena has no type or no second name for is left out, and told', () => {
  const columns = [
    column('id', { kind: 'int64' }),
    column('ID', { kind: 'int64' }),
    column('Month', { kind: 'text' }),
    column('opens', { kind: 'time' }, { postgresType: 'time without time zone' }),
  ];
  const ddl = athenaTable({ ...base, columns });
  expect(ddl.match(/^-- Left out: .*/gm)).toEqual([
    '-- Left out: ID: Athena has another column of that name.',
    '-- Left out: Month: Athena has another column of that name.',
    '-- Left out: opens: Athena has no type for time without time zone.',
  ]);
  expect(ddl.match(/^ {2}`.*/gm)).toEqual(["  `id` bigint COMMENT 'integer'"]);
});

test('hostile names end neither a name, a text nor a comment', () => {
  const table = { schema: 'odd', name: "a\n) DROP `x`; '" };
  const columns = [column('`; --', { kind: 'text' }, { postgresType: `public."it's \\"` })];
  const ddl = athenaTable({ ...base, table, columns });
  expect(ddl.split('\n')[0]).toBe(
    `-- odd."a ) DROP \`x\`; '", as Nightshift has archived it. Athena takes every file that lies there, also one`,
  );
  expect(ddl).toContain('CREATE EXTERNAL TABLE `odd_a___drop__x____` (');
  expect(ddl).toContain(`  \`\`\`; --\` string COMMENT 'public."it\\'s \\\\"'`);
  expect(athenaName({ schema: 'oddities', name: 'Order Line' })).toBe('oddities_order_line');
});
