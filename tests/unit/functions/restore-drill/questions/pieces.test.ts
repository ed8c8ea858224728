import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AmcheckTarget,
  chooseShare,
  piecesOf,
} from '../../../../../functions/restore-drill/questions/amcheck-targets.ts';
import { blockSlices } from '../../../../../functions/restore-drill/questions/block-slices.ts';
import { walk } from '../../../../../functions/restore-drill/questions/chain-reach.ts';

test('slices follow each other without a gap, and the last one has no end', () => {
  expect(blockSlices(0, 4)).toEqual([{ from: 0, to: null }]);
  expect(blockSlices(4, 4)).toEqual([{ from: 0, to: null }]);
  expect(blockSlices(9, 4)).toEqual([
    { from: 0, to: 4 },
    { from: 4, to: 8 },
    { from: 8, to: null },
  ]);
});

const target = (oid: string, bytes: number, kind: 'index' | 'table' = 'table'): AmcheckTarget => ({
  kind,
  oid,
  title: oid,
  relation: { schema: 'public', name: oid },
  file: oid,
  bytes,
  slice: null,
});

test('a table of several gigabytes is checked in pieces, an index in one', () => {
  const twoAndABit = 2.5 * 1_024 ** 3;
  const pieces = piecesOf([target('t', twoAndABit), target('i', twoAndABit, 'index')], 8_192);
  expect(pieces.map(({ oid, slice }) => [oid, slice?.from])).toEqual([
    ['t', 0],
    ['t', 131_072],
    ['t', 262_144],
    ['i', undefined],
  ]);
});

test('a share is of the size, reached and not overshot by more than one, and another each time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (sizes, share, chance) => {
        const targets = sizes.map((bytes, n) => target(String(n), bytes));
        const chosen = chooseShare(targets, share, () => chance.next().value as number);
        const sum = (some: readonly AmcheckTarget[]) => some.reduce((bytes, one) => bytes + one.bytes, 0);
        expect(sum(chosen)).toBeGreaterThanOrEqual(share * sum(targets) - 1e-6);
        const last = chosen.at(-1);
        if (share < 1 && last) expect(sum(chosen) - last.bytes).toBeLessThan(share * sum(targets));
        expect(new Set(chosen).size).toBe(chosen.length);
      },
    ),
  );
  const hundred = Array.from({ length: 100 }, (_, n) => target(String(n), 1));
  const some = () =>
    chooseShare(hundred, 0.1, Math.random)
      .map(({ oid }) => oid)
      .join();
  expect(new Set([some(), some(), some(), some()]).size).toBeGreaterThan(1);
});

test('a walk comes to every entry of a path, and to none of a circle', () => {
  // 1 -> 3 -> 2, and 4 -> 5 -> 4.
  expect(walk(Uint32Array.of(0, 3, 0, 2, 5, 4), [1])).toEqual({ unreached: 2, first: 4 });
  expect(walk(Uint32Array.of(0, 3, 0, 2), [1])).toEqual({ unreached: 0, first: 0 });
  expect(walk(Uint32Array.of(0), [])).toEqual({ unreached: 0, first: 0 });
});
