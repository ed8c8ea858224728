import { expect, test } from '@jest/globals';
import { adviceOnBadEnd, isUsable } from '../../../shared/restore/statuses.ts';

const bad = [
  'deleting',
  'failed',
  'restore-error',
  'insufficient-capacity',
  'storage-full',
  'stopped',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'incompatible-create',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
];
const passing = [
  'creating',
  'backing-up',
  'modifying',
  'rebooting',
  'configuring-log-exports',
  'what-rds-adds',
];

test.each(bad)('%s is an end, with what to do', (status) => {
  expect(adviceOnBadEnd(status)).toMatch(/\w+\./);
  expect(isUsable(status)).toBe(false);
});

test.each(passing)('%s passes by itself', (status) => {
  expect(adviceOnBadEnd(status)).toBeUndefined();
  expect(isUsable(status)).toBe(false);
});

test.each(['available', 'storage-optimization', 'storage-initialization'])(
  '%s can be connected to',
  (status) => {
    expect(isUsable(status)).toBe(true);
    expect(adviceOnBadEnd(status)).toBeUndefined();
  },
);

test('a name of the prototype is no status', () => {
  expect(adviceOnBadEnd('constructor')).toBeUndefined();
});
