import { expect, test } from '@jest/globals';
import { shortValue } from '../../../../../functions/restore-drill/questions/short-value.ts';

test('up to 80 characters are told as they are; of more, the first 80 and how many there were', () => {
  expect(shortValue('ä'.repeat(80))).toBe('ä'.repeat(80));
  expect(shortValue('𝛼'.repeat(81))).toBe(`${'𝛼'.repeat(80)}… (cut: 81 characters)`);
});
