import { expect, test } from '@jest/globals';
import { describeLetters, whatLetter } from '../../../cli/dead-letters.ts';
import { alarmPage, digestPage } from '../../support/alarm-pages.ts';

test.each([
  ['alarm menotime-cpu', JSON.stringify(alarmPage)],
  ['digest menotime-cpu-0 and 2 more', JSON.stringify(digestPage(3))],
  ['heartbeat', JSON.stringify({ ...alarmPage, kind: 'heartbeat', alerts: [] })],
  [
    'order to send a digest to chat: its alarms wait for it',
    '{"trigger":"digest","sink":"chat","windowId":"1"}',
  ],
  ['order: tick', '{"trigger":"tick"}'],
  ['event of menotime-cpu', '{"source":"aws.cloudwatch","detail":{"alarmName":"menotime-cpu"}}'],
  ['event of menotime-prod', '{"source":"aws.rds","detail":{"SourceIdentifier":"menotime-prod"}}'],
  ['something that is no alarm of a known form', 'no JSON'],
  ['something that is no alarm of a known form', 'null'],
  [`event of [2J${'x'.repeat(91)} … cut`, JSON.stringify({ AlarmName: `\u001b[2J${'x'.repeat(10_000)}` })],
])('%s', (what, body) => {
  expect(whatLetter(body)).toBe(what);
});

test('letters are shown by queue and reason, with what to do next', () => {
  const letters = Array.from({ length: 12 }, (_, at) => ({
    what: `alarm a-${at}`,
    reason: 'it answered 404',
  }));
  const found = [
    { queue: 'one', messages: 0, reasons: [], letters: [] },
    { queue: 'two', messages: 12, reasons: ['it answered 404'], letters },
  ];
  expect(describeLetters(found, true).split('\n')).toEqual([
    'two: 12 lie there',
    '  it answered 404:',
    ...Array.from({ length: 10 }, (_, at) => `    alarm a-${at}`),
    '    … and 2 more',
    '',
    'Nothing was sent. Mend what the reasons name, then leave out --dry-run.',
  ]);
  expect(describeLetters(found, false)).toContain('two: 12 sent again');
  expect(describeLetters([], false)).toBe('There are no dead letters.');
});
