import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { seedDemo } from '../../../../infra/local/demo/seed.ts';
import { canonicalJson } from '../../../../shared/job/canonical-json.ts';
import {
  readSchemaDescription,
  type SchemaDescription,
} from '../../../../shared/postgres/schema-description.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;
let schema: SchemaDescription;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  await cluster.createDatabase('shop');
  const connection = cluster.config('shop');
  await seedDemo({ connection, passwords: {}, auditRows: 100, patients: 20, now: new Date('2026-01-02') });
  client = new Client(connection);
  await client.connect();
  await client.query('CREATE TYPE oddities.span AS RANGE (subtype = float8)');
  schema = await readSchemaDescription(client);
});
afterAll(async () => {
  await client.end();
  await cluster.stop();
});

const table = (name: string, of = 'oddities') =>
  schema.tables.find((each) => each.schema === of && each.name === name);
const column = (name: string, of: string) => table(of)?.columns.find((each) => each.name === name);

test('two reads give the same bytes', async () => {
  expect(canonicalJson(await readSchemaDescription(client))).toBe(canonicalJson(schema));
});

test('database, server and extensions are named', () => {
  expect(schema).toMatchObject({
    version: 1,
    database: 'shop',
    serverVersion: expect.stringMatching(/^15\.\d/),
  });
  expect(schema.extensions).toEqual([
    { name: 'amcheck', version: expect.any(String) },
    { name: 'pg_stat_statements', version: expect.any(String) },
    { name: 'pgstattuple', version: expect.any(String) },
    { name: 'plpgsql', version: '1.0' },
  ]);
});

test('nothing of an extension or of the system is described', () => {
  const names = [...schema.views, ...schema.functions, ...schema.tables].map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('pg_'))).toEqual([]);
});

test.each([
  ['mood', 'enum', `'sad', 'ok', 'it''s "fine", really'`],
  ['percentage', 'domain', expect.stringMatching(/^numeric\(5,2\) CHECK \(.*100/)],
  ['big_count', 'domain', 'bigint'],
  ['address', 'composite', 'street text, number integer, tags text[]'],
  ['span', 'range', 'double precision'],
])('the type %s is an %s', (name, kind, definition) => {
  expect(schema.types.find((each) => each.name === name)).toEqual({
    schema: 'oddities',
    name,
    kind,
    definition,
  });
});

test('every table is there, with its kind', () => {
  expect(schema.tables.length).toBeGreaterThan(30);
  expect(table('unlogged_scratch')).toMatchObject({ kind: 'table', unlogged: true });
  expect(table('CamelTable', 'MixedCase')).toMatchObject({ kind: 'table', unlogged: false });
  expect(table('a "quoted" name')).toBeDefined();
  expect(table('naïve_表_🚀')?.columns.map(({ name }) => name)).toEqual(['id', 'größe']);
  expect(table('empty_table')).toMatchObject({ partitionOf: null, partitionKey: null });
});

describe('columns', () => {
  test.each([
    ['a_price', 'numeric(12,2)', 'numeric'],
    ['a_char', 'character(10)', 'bpchar'],
    ['an_internal_char', '"char"', 'char'],
    ['an_int_array', 'integer[]', '_int4'],
    ['a_num_multirange', 'nummultirange', 'nummultirange'],
    ['a_mood', 'oddities.mood', 'mood'],
    ['a_big_count', 'oddities.big_count', 'big_count'],
    ['an_address_array', 'oddities.address[]', '_address'],
  ])('%s is %s', (name, type, typeName) => {
    expect(column(name, 'every_type')).toMatchObject({ type, typeName, notNull: false });
  });

  test('every one of a table is there, in its order, and what was dropped is not', () => {
    expect(table('every_type')?.columns.length).toBeGreaterThan(45);
    expect(table('dropped_column')?.columns.map(({ name }) => name)).toEqual(['id', 'kept']);
  });

  test('say what they are made of', () => {
    expect(column('id', 'derived')).toMatchObject({
      generated: 'identity always',
      notNull: true,
      default: null,
    });
    expect(column('gross', 'derived')).toMatchObject({
      generated: 'stored',
      default: expect.stringContaining('1.19'),
    });
    const id = table('users', 'public')?.columns[0];
    expect(id).toMatchObject({ name: 'id', default: expect.stringMatching(/^nextval\(/), generated: null });
  });
});

test('keys, checks and references are there', () => {
  const definitions = table('users', 'public')?.constraints.map(({ definition }) => definition);
  expect(definitions).toEqual(
    expect.arrayContaining([
      'PRIMARY KEY (id)',
      'UNIQUE (email)',
      expect.stringMatching(/^CHECK \(.*clinician/),
    ]),
  );
  expect(table('Order Line')?.constraints.map(({ definition }) => definition)).toContainEqual(
    expect.stringMatching(/^FOREIGN KEY \("order"\) REFERENCES oddities\."Order"\("select"\)$/),
  );
});

test('indexes and triggers are there', () => {
  const ledger = table('ledger_entries', 'public');
  expect(ledger?.indexes).toContainEqual({
    name: 'ix_ledger_entries_chain',
    definition: expect.stringMatching(/\(organisation_id, created_at DESC, id DESC\)$/),
  });
  expect(ledger?.triggers.map(({ name }) => name)).toEqual([
    'ledger_entries_append_only',
    'ledger_entries_chain',
    'ledger_entries_no_truncate',
  ]);
});

test('partitions know their parent and their bounds, the parent knows its key', () => {
  expect(table('by_month')).toMatchObject({ kind: 'partitioned table', partitionKey: 'RANGE (at)' });
  expect(table('by_month_2026_01')?.partitionOf).toEqual({
    schema: 'oddities',
    name: 'by_month',
    bound: "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
  });
  expect(table('by_month_default')?.partitionOf?.bound).toBe('DEFAULT');
  expect(table('child')?.partitionOf).toBeNull();
});

test('views, sequences and functions are there', () => {
  expect(schema.views.map(({ name, kind }) => [name, kind])).toEqual(
    expect.arrayContaining([
      ['mv_monthly_costs', 'materialized view'],
      ['v_daily_costs', 'view'],
    ]),
  );
  expect(schema.views.every(({ definition }) => definition.includes('SELECT'))).toBe(true);
  expect(schema.sequences).toContainEqual({ schema: 'public', name: 'users_id_seq', type: 'integer' });
  expect(schema.functions.find(({ name }) => name === 'touch_updated_at')?.definition).toMatch(
    /^CREATE OR REPLACE FUNCTION public\.touch_updated_at\(\)/,
  );
});

test('an aggregate and a procedure do not get in the way', async () => {
  await client.query(/* sql */ `
    CREATE AGGREGATE oddities.total (integer) (SFUNC = int4pl, STYPE = integer);
    CREATE PROCEDURE oddities.nothing() LANGUAGE sql AS 'SELECT 1'`);
  const { functions } = await readSchemaDescription(client);
  expect(functions.map(({ name }) => name)).toContain('nothing');
});
