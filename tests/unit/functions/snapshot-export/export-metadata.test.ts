import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseWarning, readExportMetadata } from '../../../../functions/snapshot-export/export-metadata.ts';

describe('the files that the service lays beside an export', () => {
  const info = { key: 'exports/e/export_info_e.json', text: '{}' };
  const tables = (text: string, from = 1) => ({
    key: `exports/e/export_tables_info_e_from_${from}_to_${from + 9}.json`,
    text,
  });
  const statuses = (...perTableStatus: unknown[]) => tables(JSON.stringify({ perTableStatus }));
  const incomplete = (file: { key: string; text: string }) => readExportMetadata([file]).incomplete;

  test('are counted by their kind', () => {
    const files = [
      info,
      statuses({ target: 'a.b.c', status: 'COMPLETE' }),
      tables('{"perTableStatus":[]}', 11),
    ];
    const complete = { infoFiles: 1, tableInfoFiles: 2, targets: ['a.b.c'], incomplete: [] };
    expect(readExportMetadata(files)).toEqual(complete);
    expect(readExportMetadata([])).toEqual({
      infoFiles: 0,
      tableInfoFiles: 0,
      targets: [],
      incomplete: [],
    });
  });

  test('name what is not complete', () => {
    const file = statuses(
      { target: 'shop.public.a', status: 'COMPLETE' },
      { target: 'shop.public.b', status: 'FAILED' },
      { target: 'shop', status: 'SKIPPED', warningMessage: 'PERMISSIONS_DO_NOT_EXIST' },
      { target: 'shop.public.c', status: 'COMPLETE', warningMessage: 'a row was left out' },
      { target: 'shop.public.d' },
      null,
    );
    expect(incomplete(file)).toEqual([
      { target: 'shop.public.b', status: 'FAILED' },
      { target: 'shop', status: 'SKIPPED: PERMISSIONS_DO_NOT_EXIST' },
      { target: 'shop.public.c', status: 'COMPLETE: a row was left out' },
      { target: 'shop.public.d', status: 'no status' },
      { target: '?', status: 'no status' },
    ]);
  });

  test('name what is COMPLETE and has parts that were not completed', () => {
    const parted = (numberOfPartitions?: unknown, numberOfCompletedPartitions?: unknown) =>
      incomplete(
        statuses({
          target: 'a.b.c',
          status: 'COMPLETE',
          tableStatistics: { partitioningInfo: { numberOfPartitions, numberOfCompletedPartitions } },
        }),
      );
    expect(parted(5, 3)).toEqual([
      { target: 'a.b.c', status: 'COMPLETE: only 3 of its 5 parts were completed' },
    ]);
    expect([...parted(5, 5), ...parted(0, 0), ...parted(5), ...parted('5', {})]).toEqual([]);
    const empty = { target: 'a.b.c', status: 'COMPLETE', tableStatistics: { partitioningInfo: null } };
    expect(incomplete(statuses(empty, { ...empty, tableStatistics: null }))).toEqual([]);
  });

  test.each(['', 'null', '[]', '{}', '{"perTableStatus":{}}', '{"perTableStatus":[', '"x"', '5'])(
    'that cannot be read are named: %p',
    (text) => {
      expect(incomplete(tables(text))).toEqual([
        { target: tables('').key, status: 'not readable as JSON with "perTableStatus"' },
      ]);
    },
  );
});

describe('a warning', () => {
  test.each([null, '', '{"skippedTables":[],"skippedObjectives":[],"general":[]}', '{}'])(
    '%p says nothing',
    (text) => {
      expect(parseWarning(text)).toEqual({ names: [], general: [] });
    },
  );

  test.each([
    ['names as strings', '{"skippedTables":["shop.public.a","shop.public.b"]}'],
    ['names in objects', '{"skippedTables":[{"tableName":"shop.public.a"},{"target":"shop.public.b"}]}'],
    [
      'names beside reasons',
      '{"skippedTables":[{"target":"shop.public.a","reason":"ROW_TOO_LARGE"},{"x":["shop.public.b"]}]}',
    ],
    ['names under several keys', '{"skippedTables":["shop.public.a"],"skippedObjectives":["shop.public.b"]}'],
  ])('with %s', (_what, text) => {
    expect(parseWarning(text)).toEqual({ names: ['shop.public.a', 'shop.public.b'], general: [] });
  });

  test.each([
    ['{"general":[{"reason":"A"},{"reason":"B"}]}', ['A', 'B']],
    ['{"general":["A"],"more":{"deep":[{"er":"B"}]}}', ['A', 'B']],
    ['{"skippedTables":["patients"]}', ['patients']],
    ['{"skippedObjectives":[{"reason":"PERMISSIONS_DO_NOT_EXIST"}]}', ['PERMISSIONS_DO_NOT_EXIST']],
    ['{"skippedTables":[{"schema":"public","table":"a"}]}', ['public a']],
    ['{"skippedTables":7}', ['7']],
    ['{"rowsLost":7,"none":null}', ['7']],
    ['not JSON', ['not JSON']],
    ['["shop.public.a"]', ['["shop.public.a"]']],
    ['5', ['5']],
  ])('%s gives general reasons', (text, general) => {
    expect(parseWarning(text)).toEqual({ names: [], general });
  });

  test('of any shape is read without an error, and words in it are never lost', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('skippedTables', 'general', 'new'), fc.jsonValue()),
        (content) => {
          const { names, general } = parseWarning(JSON.stringify({ ...content, general: ['A'] }));
          expect(general).toContain('A');
          for (const each of [...names, ...general]) expect(typeof each).toBe('string');
        },
      ),
    );
  });
});
