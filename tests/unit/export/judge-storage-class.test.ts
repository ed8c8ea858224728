import { expect, test } from '@jest/globals';
import type { ListedObject } from '../../../shared/aws/objects.ts';
import { judgeStorageClass } from '../../../shared/export/judge-storage-class.ts';

const now = new Date('2026-03-01T00:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const young: ListedObject = {
  key: 'exports/e/shop/public.patients/1/a.parquet',
  sizeBytes: 200_000,
  lastModified: daysAgo(1),
  storageClass: 'STANDARD',
};
const judge = (...files: ListedObject[]) =>
  judgeStorageClass(files, { now, glacierAfterDays: 30, bucket: 'shop-backups' });

test.each<[string, Partial<ListedObject>]>([
  ['young and at hand', {}],
  ['old and in Glacier', { lastModified: daysAgo(31), storageClass: 'GLACIER' }],
  ['frozen on the day', { lastModified: daysAgo(29.5), storageClass: 'GLACIER' }],
  ['a day late', { lastModified: daysAgo(31.5) }],
  ['old and small', { lastModified: daysAgo(400), sizeBytes: 131_072 }],
])('%s: passes', (_what, changed) => {
  expect(judge({ ...young, ...changed })).toMatchObject([{ status: 'pass' }]);
});

test('a class that is Glacier by name and at hand costs more, and the command names the bucket', () => {
  const [told] = judge({ ...young, lastModified: daysAgo(33), storageClass: 'GLACIER_IR' });
  expect(told?.fact).toMatch(/^1 file is still in a class that costs more than GLACIER: .*\(GLACIER_IR\)\.$/);
  expect(told?.advice).toContain('get-bucket-lifecycle-configuration --bucket shop-backups`');
});

test.each<[string, Partial<ListedObject>, RegExp]>([
  ['in Glacier too early', { storageClass: 'GLACIER' }, /before their time.*\(GLACIER\)/],
  ['deep in the archive', { storageClass: 'DEEP_ARCHIVE' }, /before their time.*\(DEEP_ARCHIVE\)/],
  ['not in Glacier in time', { lastModified: daysAgo(33) }, /costs more than GLACIER.*\(STANDARD\)/],
  [
    'small and in Glacier',
    { lastModified: daysAgo(400), sizeBytes: 1_000, storageClass: 'GLACIER' },
    /before their time/,
  ],
])('%s: warns, and names the file and its class', (_what, changed, fact) => {
  expect(judge({ ...young, ...changed })).toMatchObject([
    { status: 'warn', fact: expect.stringMatching(fact) },
  ]);
});
