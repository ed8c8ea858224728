import { describe, expect, test } from '@jest/globals';
import { metadataDate } from '../../../../infra/local/export/metadata.ts';
import {
  batchFolder,
  exportInfoKey,
  partFileName,
  tablesInfoKey,
} from '../../../../infra/local/export/object-layout.ts';

const ROOT = { prefix: 'exports', exportTaskIdentifier: 'night-1' };

describe('the names of an export', () => {
  test('lie under the prefix, when there is one', () => {
    expect(exportInfoKey(ROOT)).toBe('exports/night-1/export_info_night-1.json');
    expect(tablesInfoKey({ ...ROOT, prefix: '' }, 1, 12)).toBe(
      'night-1/export_tables_info_night-1_from_1_to_12.json',
    );
  });

  test('replace backslash, backtick, double quote and space', () => {
    const name = { database: 'my db', schema: 'a\\b', table: '`c` "d".é' };
    expect(batchFolder(ROOT, name, 2)).toBe('exports/night-1/my_db/a_b._c___d_.é/2');
  });

  test('leave gaps between part numbers', () => {
    expect([0, 1, 2, 3, 4].map((index) => partFileName(index, 'u').slice(0, 10))).toEqual(
      ['00000', '00002', '00003', '00005', '00006'].map((number) => `part-${number}`),
    );
  });

  test('are dated as the service does, with plain spaces', () => {
    expect(metadataDate(new Date('2023-07-19T23:21:00Z'))).toBe('Jul 19, 2023, 11:21:00 PM');
    expect(metadataDate(new Date('2023-12-01T00:05:09Z'))).toBe('Dec 1, 2023, 12:05:09 AM');
  });
});
