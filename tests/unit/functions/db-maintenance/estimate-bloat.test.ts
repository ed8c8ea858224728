import { expect, test } from '@jest/globals';
import {
  estimateBloat,
  type IndexColumn,
  type IndexStatistics,
  measuredBloat,
} from '../../../../functions/db-maintenance/estimate-bloat.ts';

const bigint: IndexColumn = { bytes: 8, isVariable: false, alignment: 8, nullShare: 0 };
const text: IndexColumn = { bytes: 12, isVariable: true, alignment: 4, nullShare: 0 };
/** As `CREATE INDEX` makes it of a million rows. */
const full: IndexStatistics = {
  rows: 1_000_000,
  countedPages: 2_745,
  pages: 2_745,
  columns: [bigint],
  isPartial: false,
  fillFactor: 90,
};
const grown = (times: number, more: Partial<IndexStatistics> = {}) =>
  estimateBloat({ ...full, countedPages: 2_745 * times, pages: 2_745 * times, ...more });

test('an index of a million bigints fills some 2,745 pages, and is as empty as it has more', () => {
  expect(estimateBloat(full)).toBeLessThan(1);
  expect(grown(2)).toBeCloseTo(50, 0);
  expect(grown(2, { fillFactor: 45 })).toBeLessThan(2);
});

test('pages that came after the rows were counted are full for all that is known', () => {
  expect(estimateBloat({ ...full, pages: 27_450 })).toBe(0);
  expect(estimateBloat({ ...full, countedPages: 5_490, pages: 10_980 })).toBeCloseTo(25, 0);
  // And what was given back since is not empty any more.
  expect(estimateBloat({ ...full, countedPages: 5_490 })).toBeLessThan(1);
});

test('columns are aligned each, and what is between them is no bloat', () => {
  const smallint: IndexColumn = { bytes: 2, isVariable: false, alignment: 2, nullShare: 0 };
  // 8 + 2 + 6 + 8 + 2 + 6 + 8, and 4 for the place in the page: 165 of them on each, and one that bounds them.
  const pages = Math.ceil(1_000_000 / 165) + 60;
  const columns = [smallint, bigint, smallint, bigint];
  expect(estimateBloat({ ...full, columns, pages, countedPages: pages })).toBeLessThan(1);
});

test('values of differing lengths, nulls and partial indexes are taken for as long as they may be', () => {
  expect(grown(2, { columns: [text] })).toBeLessThan(grown(2));
  expect(grown(2, { columns: [{ ...bigint, nullShare: 0.5 }] })).toBeLessThan(grown(2));
  const rare = { ...bigint, nullShare: 0.99 };
  expect(grown(2, { columns: [rare], isPartial: true })).toBeLessThan(grown(2, { columns: [rare] }));
});

test('what equal values save is no bloat below nothing, and an empty index none at all', () => {
  expect(estimateBloat({ ...full, pages: 800, countedPages: 800 })).toBe(0);
  expect(estimateBloat({ ...full, rows: 0, pages: 1, countedPages: 1 })).toBe(0);
});

test('measured, the fill factor is no emptiness, and empty pages are', () => {
  const pages = { leafPages: 100, internalPages: 1, pages: 102, leafDensity: 90 };
  expect(measuredBloat(pages, 90)).toBe(0);
  expect(measuredBloat({ ...pages, leafDensity: 45 }, 90)).toBeCloseTo(49, 0);
  expect(measuredBloat({ ...pages, pages: 204 }, 90)).toBeCloseTo(50, 0);
  expect(measuredBloat({ leafPages: 0, internalPages: 0, pages: 1, leafDensity: Number.NaN }, 90)).toBe(0);
});
