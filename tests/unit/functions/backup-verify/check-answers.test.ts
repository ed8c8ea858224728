import { expect, test } from '@jest/globals';
import type { Unanswered } from '../../../../functions/backup-verify/answer.ts';
import { ask } from '../../../../functions/backup-verify/ask.ts';
import { checkAnswers } from '../../../../functions/backup-verify/check-answers.ts';
import { checkAll } from '../../../../functions/backup-verify/checks.ts';
import type { Facts } from '../../../../functions/backup-verify/facts.ts';
import { denied, expected, facts, inShort } from '../../../support/verify-facts.ts';

test('on a good morning every check passes', () => {
  const findings = checkAll(facts, expected);
  expect(findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(findings.length).toBeGreaterThan(15);
});

const questions: Record<string, Partial<Facts>> = {
  instance: { instance: denied },
  window: { window: denied },
  snapshots: { snapshots: denied },
  parameters: { parameters: denied },
  quotas: { quotas: [denied] },
  sharing: { sharing: [denied] },
  copies: { copies: denied },
  'a group there': { secondRegion: { subnetGroup: denied } },
  exportBytes: { exportBytes: denied },
  past: { past: denied },
  drills: { drills: denied },
};

test.each(Object.entries(questions))(
  '%s that could not be asked fails, and the others go on',
  (_, change) => {
    const found = checkAll({ ...facts, ...change }, expected);
    expect(inShort(found).filter((line) => line.startsWith('fail'))).toEqual(['fail unanswered']);
    expect(found.filter(({ status }) => status === 'pass').length).toBeGreaterThan(8);
  },
);

test('every question of the facts is among these', () => {
  const asked = Object.keys(facts).filter((name) => name !== 'readAt' && name !== 'secondRegion');
  expect(Object.keys(questions)).toEqual(expect.arrayContaining(asked));
  expect(checkAnswers(facts)).toEqual([]);
});

const named = (name: string, extra: object = {}) => Object.assign(new Error('no'), { name }, extra);
const unanswered = async (error: Error): Promise<Unanswered> => {
  const question = { what: 'The snapshots', permission: 'rds:DescribeDBSnapshots' };
  const answer = await ask(question, () => Promise.reject(error));
  if (!('unanswered' in answer)) throw new Error('There was an answer.');
  return answer.unanswered;
};

test('what is denied says which permission to add; what was throttled, to try again', async () => {
  expect(await unanswered(named('AccessDenied'))).toEqual({
    what: 'The snapshots',
    cameBack: 'AccessDenied: no',
    advice: expect.stringContaining('Allow the role of the function rds:DescribeDBSnapshots'),
  });
  const throttled = await unanswered(named('ThrottlingException'));
  expect(throttled.advice).toMatch(/^Run the checks again/);
});

test('a region that does not answer at all is told within the time that a question has', async () => {
  const question = { what: 'The copies', permission: 'rds:DescribeDBSnapshots', patienceSeconds: 0.02 };
  expect(await ask(question, () => new Promise<never>(() => undefined))).toEqual({
    unanswered: {
      what: 'The copies',
      cameBack: 'Nothing came back within 0.02 s.',
      advice: expect.stringContaining('See whether the service answers in that region'),
    },
  });
});
