import { describe, expect, test } from '@jest/globals';
import { batchFolder } from '../../../infra/local/export/object-layout.ts';
import { databaseFolder, tableFolder, takeInventory } from '../../../shared/export/export-layout.ts';

const objects = (...keys: string[]) =>
  keys.map((key) => ({ key, sizeBytes: 1, lastModified: '2026-01-02T03:40:00.000Z' }));
const inventory = (...keys: string[]) => takeInventory(objects(...keys), 'e1', 'shop');
const base = 'exports/e1/shop';

describe('the folder of a table', () => {
  test.each([
    ['public', 'patients', 'public.patients'],
    ['oddities', 'Order Line', 'oddities.Order_Line'],
    ['oddities', 'a "quoted" name', 'oddities.a__quoted__name'],
    ['a\\b', 'c`d', 'a_b.c_d'],
    ['oddities', "o'clock", "oddities.o'clock"],
    ['oddities', 'naïve_表_🚀', 'oddities.naïve_表_🚀'],
    ['oddities', 'dotted.name', 'oddities.dotted.name'],
  ])('%s, %s: %s', (schema, table, folder) => {
    expect(tableFolder(schema, table)).toBe(folder);
  });

  test.each(['shop', 'my shop', 'o"dd'])(
    'is where the export task writes it, also in the database %p',
    (database) => {
      const name = { database, schema: 'pub lic', table: 'o\'cl"ock' };
      const written = batchFolder({ prefix: 'exports', exportTaskIdentifier: 'e1' }, name, 1);
      expect(`${databaseFolder('e1', database)}${tableFolder(name.schema, name.table)}/1`).toBe(written);
    },
  );
});

describe('an inventory', () => {
  test('knows tables, batches and metadata, whatever the parts are called', () => {
    const found = inventory(
      `${base}/public.a/1/_SUCCESS`,
      `${base}/public.a/1/part-00000-x-c000.gz.parquet`,
      `${base}/public.a/1/part-00007-x-c000.gz.parquet`,
      `${base}/public.a/2/_SUCCESS`,
      `${base}/public.a/2/anything.parquet`,
      `${base}/public.empty/1/_SUCCESS`,
      'exports/e1/export_info_e1.json',
      'exports/e1/export_tables_info_e1_from_1_to_2.json',
      'exports/e1/schema.json',
    );
    expect(
      found.folders.map(({ folder, parquet, unfinished }) => [folder, parquet.length, unfinished]),
    ).toEqual([
      ['public.a', 3, []],
      ['public.empty', 0, []],
    ]);
    expect(found.metadata).toEqual([
      'exports/e1/export_info_e1.json',
      'exports/e1/export_tables_info_e1_from_1_to_2.json',
    ]);
  });

  test('knows the older layout, without folders for batches', () => {
    const { folders } = inventory(`${base}/public.a/_SUCCESS`, `${base}/public.a/part-0.gz.parquet`);
    expect(folders).toMatchObject([{ folder: 'public.a', unfinished: [] }]);
  });

  test('names each batch that was not finished', () => {
    const { folders } = inventory(
      `${base}/public.a/1/_SUCCESS`,
      `${base}/public.a/1/part-0.parquet`,
      `${base}/public.a/3/part-0.parquet`,
      `${base}/public.b/part-0.parquet`,
    );
    expect(folders.map(({ unfinished }) => unfinished)).toEqual([
      [`${base}/public.a/3`],
      [`${base}/public.b`],
    ]);
  });

  test('leaves out other databases and other exports', () => {
    const { folders, metadata } = inventory(
      'exports/e1/shop2/public.a/1/p.parquet',
      'exports/e12/shop/public.a/1/p.parquet',
      'exports/e12/export_info_e12.json',
      'exports/e1/shop/public.a/1/export_info_e1.json',
    );
    expect(folders.map(({ folder, parquet }) => [folder, parquet])).toEqual([['public.a', []]]);
    expect(metadata).toEqual([]);
  });

  test('of nothing is empty', () => {
    expect(inventory()).toEqual({ folders: [], metadata: [] });
  });
});
