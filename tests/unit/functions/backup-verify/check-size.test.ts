import { describe, expect, test } from '@jest/globals';
import { checkSize } from '../../../../functions/backup-verify/check-size.ts';
import type { Facts } from '../../../../functions/backup-verify/facts.ts';
import type { NightSizes } from '../../../../functions/backup-verify/past.ts';
import { withTonight } from '../../../../functions/backup-verify/past.ts';
import { denied, expected, expecting, facts, inShort, past } from '../../../support/verify-facts.ts';

const history = (sizes: readonly number[]): NightSizes[] =>
  sizes.map((exportBytes, index) => ({
    night: `2026-03-${String(index + 1).padStart(2, '0')}`,
    snapshotBytes: null,
    exportBytes,
  }));
const tonight = (exportBytes: number, sizes: readonly number[], held = expected) =>
  checkSize(
    { ...facts, exportBytes: { value: exportBytes }, past: { value: { ...past, history: history(sizes) } } },
    held,
  ).find(({ check }) => check === 'export size');

test('sizes like those of the nights before pass', () => {
  expect(inShort(checkSize(facts, expected))).toEqual(['pass snapshot size', 'pass export size']);
});

describe('an export', () => {
  const even = Array.from({ length: 14 }, () => 100_000_000);

  test.each([
    [88_000_000, 'pass'],
    [87_900_000, 'warn'],
    [112_000_000, 'pass'],
    [112_100_000, 'warn'],
    [1_000, 'warn'],
  ])('of %d bytes after fourteen nights of 100 MB: %s', (bytes, status) => {
    expect(tonight(bytes, even)).toMatchObject({ status, limit: '88.0 MB to 112.0 MB' });
  });

  test('may differ by more where the nights before did', () => {
    const restless = [80, 120, 90, 110, 100, 85, 115, 95].map((size) => size * 1_000_000);
    expect(tonight(150_000_000, restless)).toMatchObject({ status: 'pass' });
    expect(tonight(200_000_000, restless)).toMatchObject({ status: 'warn' });
  });

  test('that grows by the same each night is no alarm', () => {
    const growing = Array.from({ length: 14 }, (_, night) => 100_000_000 + night * 2_000_000);
    expect(tonight(128_000_000, growing)).toMatchObject({ status: 'pass' });
  });

  test('one odd night among fourteen moves no limit', () => {
    expect(tonight(100_000_000, [...even.slice(1), 9_000_000_000])).toMatchObject({
      status: 'pass',
      limit: '88.0 MB to 112.0 MB',
    });
  });

  test('after fewer than four nights has nothing to be compared with', () => {
    expect(tonight(5, even.slice(0, 3))).toMatchObject({ status: 'no baseline' });
    expect(tonight(5, even.slice(0, 4))).toMatchObject({ status: 'warn' });
  });

  test('is held against as many deviations as the config says', () => {
    expect(tonight(105_000_000, even, expecting({ limits: { sizeDeviations: 2 } }))).toMatchObject({
      status: 'warn',
    });
  });
});

test('without an earlier run there is no baseline, and where it could not be read nothing is said of sizes', () => {
  expect(inShort(checkSize({ ...facts, past: { value: null } }, expected))).toEqual([
    'no baseline snapshot size',
    'no baseline export size',
  ]);
  expect(checkSize({ ...facts, past: denied }, expected)).toEqual([]);
});

test('what RDS does not tell, and what is not exported, is not compared', () => {
  const given: Facts = { ...facts, snapshots: denied, exportBytes: null };
  expect(checkSize(given, expected)).toEqual([]);
});

test('a second run of a night takes the place of the first, and no more than fourteen nights are kept', () => {
  const first = { night: '2026-03-20', snapshotBytes: 1, exportBytes: 1 };
  const again = { night: '2026-03-20', snapshotBytes: 2, exportBytes: 2 };
  const kept = withTonight({ ...past, history: withTonight(past, first) }, again);
  expect(kept).toHaveLength(14);
  expect(kept.slice(-2).map(({ night, exportBytes }) => [night, exportBytes])).toEqual([
    ['2026-03-19', 406_500_000],
    ['2026-03-20', 2],
  ]);
});
