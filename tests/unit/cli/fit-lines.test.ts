import { expect, test } from '@jest/globals';
import { fitLines } from '../../../cli/fit-lines.ts';

test('lines break between words, and go on further in', () => {
  expect(fitLines('short\n  It never comes: no rule lets it in', 20)).toBe(
    'short\n  It never comes: no\n    rule lets it in',
  );
});

test('what people copy stays whole, however long it is', () => {
  const key = `arn:${'x'.repeat(60)}`;
  expect(fitLines(`Its key is ${key}; and more`, 20)).toBe(`Its key is\n  ${key};\n  and more`);
});

test('without a terminal nothing is broken', () => {
  const line = 'a '.repeat(200);
  expect(fitLines(line, undefined)).toBe(line);
});
