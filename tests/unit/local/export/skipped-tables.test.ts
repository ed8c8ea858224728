import { describe, expect, test } from '@jest/globals';
import { skipReason, warningMessage } from '../../../../infra/local/export/skipped-tables.ts';

const name = (table: string) => ({ database: 'shop', schema: 'public', table });

describe('tables that the service leaves out', () => {
  test.each([...',;{}()\n\t= '])('have a column with %j in its name', (character) => {
    expect(skipReason(name('t'), ['id', `a${character}b`])).toEqual({
      target: 'shop.public.t',
      reason: 'UNSUPPORTED_COLUMN_NAME',
    });
  });

  test('have a slash in their name', () => {
    expect(skipReason(name('a/b'), ['id'])?.reason).toBe('UNSUPPORTED_TABLE_NAME');
  });

  test('are not those whose own name has a space, a dot or a comma', () => {
    expect(skipReason(name('a b.c,d'), ['id', 'größe', 'quote"d', 'a.b', 'a/b'])).toBeUndefined();
  });

  test('make no warning when there are none', () => {
    expect(warningMessage([])).toBeUndefined();
  });
});
