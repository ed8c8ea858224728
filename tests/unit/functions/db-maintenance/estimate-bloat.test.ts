import { expect, test } from '@jest/globals';
import { estimateBloat, measuredBloat } from '../../../../functions/db-maintenance/estimate-bloat.ts';

const full = { rows: 1_000_000, rowBytes: 8, hasNulls: false, fillFactor: 90, pages: 2_742 };

test('an index of a million bigints fills some 2,740 pages, and is as empty as it has more', () => {
  expect(estimateBloat(full)).toBeLessThan(10);
  expect(estimateBloat({ ...full, pages: 5_484 })).toBeGreaterThan(45);
  expect(estimateBloat({ ...full, fillFactor: 45, pages: 5_484 })).toBeLessThan(10);
});

test('what equal values save is no bloat below nothing, and an empty index none at all', () => {
  expect(estimateBloat({ ...full, pages: 800 })).toBe(0);
  expect(estimateBloat({ ...full, rows: 0, pages: 1 })).toBe(0);
});

test('measured, the fill factor is no emptiness, and empty pages are', () => {
  const pages = { leafPages: 100, internalPages: 1, pages: 102, leafDensity: 90 };
  expect(measuredBloat(pages, 90)).toBe(0);
  expect(measuredBloat({ ...pages, leafDensity: 45 }, 90)).toBeCloseTo(49, 0);
  expect(measuredBloat({ ...pages, pages: 204 }, 90)).toBeCloseTo(50, 0);
  expect(measuredBloat({ leafPages: 0, internalPages: 0, pages: 1, leafDensity: Number.NaN }, 90)).toBe(0);
});
