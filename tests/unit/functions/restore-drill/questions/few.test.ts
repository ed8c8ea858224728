import { expect, test } from '@jest/globals';
import { firstFew } from '../../../../../functions/restore-drill/questions/few.ts';
import type { Finding } from '../../../../../shared/verify/finding.ts';

const finding = (status: Finding['status'], fact: string): Finding => ({
  check: 'row counts',
  status,
  fact,
  limit: 'read to the last row',
  advice: null,
});

test('a failure behind many warnings is told as a failure', () => {
  const slow = Array.from({ length: 12 }, (_, n) => finding('warn', `t${n} was not read to its end.`));
  const told = firstFew([...slow, finding('fail', 'z is damaged.')]);
  expect(told[0]).toMatchObject({ status: 'fail', fact: 'z is damaged.' });
  expect(told.at(-1)).toMatchObject({ status: 'warn', fact: 'Another 2 like these, not named here.' });
  expect(told).toHaveLength(12);
});

test('few are told as they are', () => {
  const few = [finding('fail', 'a'), finding('fail', 'b')];
  expect(firstFew(few)).toEqual(few);
  expect(firstFew([])).toEqual([]);
});
