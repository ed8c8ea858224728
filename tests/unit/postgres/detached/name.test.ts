import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detachedName, lockKeyOf, refuseLostName } from '../../../../shared/postgres/detached/name.ts';

test('a name holds the job and the hash of object and slot', () => {
  const hash = createHash('sha256').update('["public.visits","2026-01-02"]').digest('hex').slice(0, 16);
  expect(detachedName('matview-refresh', 'public.visits', '2026-01-02')).toBe(
    `nightshift matview-refresh ${hash}`,
  );
});

test('whatever an object is called, its name comes back from Postgres as it was sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (object, slot) => {
      const name = detachedName('db-maintenance', object, slot);
      expect(name).toMatch(/^nightshift db-maintenance [0-9a-f]{16}$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    }),
  );
});

test('object and slot are not mixed up', () => {
  expect(detachedName('a', 'b', 'c')).not.toBe(detachedName('a', 'bc', ''));
  expect(detachedName('a', 'b', 'c')).not.toBe(detachedName('a', 'c', 'b'));
});

describe('a name', () => {
  test.each(['x', 'x'.repeat(63)])('%j is kept', (name) => expect(refuseLostName(name)).toBe(name));
  test.each(['', ' x', 'x'.repeat(64), 'ä', 'x\ny', 'x\0'])(
    '%j, which Postgres would change, is refused',
    (name) => expect(() => refuseLostName(name)).toThrow(/1 to 63 printable ASCII/),
  );
});

test('the key of a lock is a 64-bit integer that stays the same', () => {
  expect(lockKeyOf('x')).toBe(lockKeyOf('x'));
  expect(lockKeyOf('x')).not.toBe(lockKeyOf('y'));
  expect(BigInt.asIntN(64, lockKeyOf('x'))).toBe(lockKeyOf('x'));
});
