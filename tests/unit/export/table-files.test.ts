import { expect, test } from '@jest/globals';
import type { ManifestTable } from '../../../shared/export/export-manifest.ts';
import { createTableStatement } from '../../../shared/export/table-definition.ts';
import { filesOfTable } from '../../../shared/export/table-files.ts';
import { schemaOf, tableOf } from '../../support/export-evidence.ts';
import { manifestOf } from '../../support/export-manifest.ts';

const log = tableOf('log', { kind: 'partitioned table' });
const part = (name: string, parent: string) =>
  tableOf(name, { partitionOf: { schema: 'public', name: parent, bound: '' } });
const schema = schemaOf([
  tableOf('patients'),
  log,
  part('log_1', 'log'),
  part('log_2', 'log'),
  part('log_2_a', 'log_2'),
  tableOf('a b'),
  tableOf('a_b'),
]);

function folder(name: string, rows: number, tables = [`public.${name}`]): ManifestTable {
  const file = { key: `${name}.parquet`, bytes: 1, rows, checksum: null };
  return { folder: `public.${name}`, tables, rows, bytes: 1, against: 'no counts', files: [file] };
}
const find = (table: string, ...tables: ManifestTable[]) => {
  const found = filesOfTable(manifestOf([], { tables }), schema, { schema: 'public', table });
  return found && { keys: found.files.map(({ key }) => key), rows: found.rows };
};

test('a table is what lies in its folder', () => {
  expect(find('patients', folder('patients', 3), folder('log_1', 2))).toEqual({
    keys: ['patients.parquet'],
    rows: 3,
  });
  expect(find('visits', folder('patients', 3))).toBeNull();
});

test('a partitioned table is all partitions below it, however deep', () => {
  expect(find('log', folder('log_1', 2), folder('log_2_a', 5), folder('patients', 3))).toEqual({
    keys: ['log_1.parquet', 'log_2_a.parquet'],
    rows: 7,
  });
});

test('rows of several partitions in the folder of their parent are the parent’s, and not a partition’s', () => {
  const together = folder('log', 9, ['public.log_1', 'public.log_2_a']);
  expect(find('log', together)).toEqual({ keys: ['log.parquet'], rows: 9 });
  expect(find('log_1', together)).toBeNull();
});

test('two tables whose rows lie in one folder cannot be told apart', () => {
  const both = folder('a_b', 4, ['public.a b', 'public.a_b']);
  expect(() => find('a_b', both)).toThrow('together with those of public.a b');
});

test('a folder whose name another table has as well is not taken for it', () => {
  expect(find('a b', folder('a_b', 4, ['public.a_b']))).toBeNull();
});

test('a table that is made anew has columns, types, NOT NULL and the primary key, all names quoted', () => {
  const column = (name: string, type: string, notNull: boolean) => ({
    name,
    type,
    typeName: type,
    notNull,
    default: "nextval('x')",
    generated: null,
  });
  const constraints = [
    { name: 'checked', definition: 'CHECK (id > 0)' },
    { name: 'key', definition: 'PRIMARY KEY (id)' },
  ];
  const columns = [column('id', 'bigint', true), column('the "note"', 'character varying(5)', false)];
  expect(createTableStatement({ schema: 's', name: 'A"b' }, { columns, constraints })).toBe(
    'CREATE TABLE "s"."A""b" (\n  "id" bigint NOT NULL,\n  "the ""note""" character varying(5),\n  PRIMARY KEY (id)\n)',
  );
});
