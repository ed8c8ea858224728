import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { checkpointBytes, pack, unpack } from '../../../shared/job/checkpoint.ts';

const through = <T>(value: T): T => unpack(JSON.parse(JSON.stringify(pack(value))));

test('what is small is kept as it can be read', () => {
  const value = { left: { '16384': '' }, asOf: null };
  expect(pack(value)).toEqual({ as: 'it is', value });
  expect(through(value)).toEqual(value);
});

test('thousands of things that are alike fit into a checkpoint, and come back as they were', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => ({
    view: `público."mv ${n} 🌙"`,
    reason: `session ${n} may not have reported what it did: active since 2026-01-02T03:04:05.678Z`,
  }));
  expect(JSON.stringify(many).length).toBeGreaterThan(4 * checkpointBytes);
  expect(JSON.stringify(pack(many)).length).toBeLessThan(checkpointBytes);
  expect(through(many)).toEqual(many);
});

test('what does not fit is refused with its size, instead of by Lambda', () => {
  const noise = randomBytes(400_000).toString('base64');
  expect(() => pack(noise)).toThrow(
    /What a step found is \d{3} KB, compressed, and a checkpoint takes 256 KB/,
  );
});
