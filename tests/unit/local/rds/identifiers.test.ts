import { expect, test } from '@jest/globals';
import {
  automatedSnapshotIdentifier,
  checkExportTaskIdentifier,
  checkInstanceIdentifier,
  checkSnapshotIdentifier,
} from '../../../../infra/local/rds/identifiers.ts';

test('identifiers of snapshots and instances are stored in lower case, and have their lengths', () => {
  expect(checkSnapshotIdentifier('DBSnapshotIdentifier', 'Pre-V1')).toBe('pre-v1');
  expect(checkSnapshotIdentifier('DBSnapshotIdentifier', 'a'.repeat(255))).toHaveLength(255);
  expect(() => checkSnapshotIdentifier('DBSnapshotIdentifier', 'a'.repeat(256))).toThrow(/255/);
  expect(checkInstanceIdentifier('DBInstanceIdentifier', 'a'.repeat(63))).toHaveLength(63);
  expect(() => checkInstanceIdentifier('DBInstanceIdentifier', 'a'.repeat(64))).toThrow(/63/);
});

test.each(['', '1st', '-a', 'a-', 'a--b', 'a_b', 'a.b', 'rds:a', 'é', 'a b'])(
  '%j is no identifier',
  (value) => {
    expect(() => checkSnapshotIdentifier('DBSnapshotIdentifier', value)).toThrow(/must begin with a letter/);
    expect(() => checkExportTaskIdentifier(value)).toThrow(/must begin with a letter/);
  },
);

test('an export task has at most 60 characters and keeps its case', () => {
  expect(checkExportTaskIdentifier('Nightly')).toBe('Nightly');
  expect(checkExportTaskIdentifier('a'.repeat(60))).toHaveLength(60);
  expect(() => checkExportTaskIdentifier('a'.repeat(61))).toThrow(/60/);
});

test('an automated snapshot is named for its minute in UTC', () => {
  expect(automatedSnapshotIdentifier('shop', new Date('2026-01-02T03:06:59Z'))).toBe(
    'rds:shop-2026-01-02-03-06',
  );
});
