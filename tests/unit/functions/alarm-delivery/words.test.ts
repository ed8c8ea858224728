import { expect, test } from '@jest/globals';
import { asText } from '../../../../functions/alarm-delivery/text.ts';
import { wordsOf } from '../../../../functions/alarm-delivery/words.ts';
import type { Page, PageCounts } from '../../../../shared/alarm/page.ts';
import { alarmPage, context, cpuAlert, digestPage, recoveryPage } from '../../../support/alarm-pages.ts';

test('an alarm, in full', () => {
  expect(asText(wordsOf(alarmPage), { titled: true })).toBe(`CRITICAL: menotime-cpu

CPUUtilization of menotime-prod is 91.2 %, over 80 %

Alarm: menotime-cpu
Severity: critical
Database: menotime (instance menotime-prod)
On since: 2026-11-21 10:00:00 UTC
Trend: rose from 41 % to 93 % within 30 minutes
Account: 111122223333, us-west-1
Runbook: https://wiki.example.com/runbooks/cpu

Statements under way
  1 min, active: SELECT * FROM visits WHERE patient_id = $1

Who waits for whom
  4711 waits 12 s for 4700 (relation public.visits)

Connections
  92 of 200 (active: 12, idle: 80)
  The longest transaction has been open for 1 h 30 min.

The busiest statements
  SELECT query
  FROM pg_stat_statements
  LIMIT 5;

Nightshift is running
  audit-archive of menotime, for 12 min

Events of RDS
  2026-11-21 09:58 UTC: DB instance restarted

The alarm’s description
  The processor is busy.
  Ask the owner of the nightly import first.

Why it changed
  Threshold Crossed: 3 datapoints were greater than the threshold (80.0).

Not found out
  the last value of the metric: no answer within 600 ms

Runbook: https://wiki.example.com/runbooks/cpu
Alarm in CloudWatch: https://us-west-1.console.aws.amazon.com/cloudwatch/home?region=us-west-1#alarmsV2:alarm/menotime-cpu

Picture of the metric: https://menotime-backups.s3.us-west-1.amazonaws.com/pictures/cpu.png?X-Amz-Signature=abc

Nightshift, stage prod. 2026-11-21 10:00:02 UTC. Page 0123456789abcdef0123456789abcdef.`);
});

function storm(counted: Pick<PageCounts, 'alarms' | 'recoveries'>): Page {
  const page = digestPage(counted.alarms + counted.recoveries);
  return { ...page, counts: page.counts && { ...page.counts, ...counted } };
}

test.each<[string, Page]>([
  ['Over: menotime-cpu', recoveryPage],
  ['Still on, CRITICAL: menotime-cpu', { ...alarmPage, kind: 'reminder' }],
  ['Flapping, CRITICAL: menotime-cpu', { ...alarmPage, kind: 'flapping' }],
  ['CRITICAL: 1000 alarms at once', digestPage(1_000)],
  ['CRITICAL: menotime-cpu-0', digestPage(1)],
  ['CRITICAL: 2 alarms at once, 3 more over again', storm({ alarms: 2, recoveries: 3 })],
  ['Over: 3 alarms', storm({ alarms: 0, recoveries: 3 })],
  ['Over: menotime-cpu-0', storm({ alarms: 0, recoveries: 1 })],
  ['Not delivered elsewhere: CRITICAL: 5 alarms at once', { ...digestPage(5), kind: 'undelivered' }],
  ['Heartbeat: alarms get through', { ...alarmPage, kind: 'heartbeat' }],
  ['Test, no alarm: menotime-cpu', { ...alarmPage, kind: 'test' }],
  ['Not delivered elsewhere: CRITICAL: menotime-cpu', { ...alarmPage, kind: 'undelivered' }],
  ['Not delivered elsewhere: over: menotime-cpu', { ...recoveryPage, kind: 'undelivered' }],
  ['CRITICAL: storage of menotime', { ...alarmPage, alerts: [{ ...cpuAlert, name: 'storage' }] }],
])('the title %s', (title, page) => {
  expect(wordsOf(page).title).toBe(title);
});

test('a storm names the worst, counts all, and lists what the page holds', () => {
  const { paragraphs, facts, sections } = wordsOf(digestPage(1_000));
  expect(paragraphs).toEqual(['The worst: CPUUtilization of menotime-prod is 91.2 %, over 80 %']);
  expect(facts).toContainEqual({ label: 'The worst', value: 'menotime-cpu-0' });
  expect(facts).toContainEqual({ label: 'Alarms', value: '1 critical, 999 warning' });
  expect(facts).toContainEqual({ label: 'By database', value: 'menotime: 1000' });
  expect(sections[0]?.lines).toHaveLength(101);
  expect(sections[0]?.lines.at(-1)).toBe('… cut: 900 more');
});

test('a digest of one alarm is told as that alarm', () => {
  const { paragraphs, facts } = wordsOf(digestPage(1));
  expect(paragraphs).toEqual([cpuAlert.summary]);
  expect(facts[0]).toEqual({ label: 'Alarm', value: 'menotime-cpu-0' });
});

test('a recovery does not repeat what was wrong; what RDS never ends says so', () => {
  const { sections } = wordsOf(recoveryPage);
  expect(sections.map(({ heading }) => heading)).toEqual(['Why it changed']);
  const name = 'rds/menotime-prod/storage-full';
  const full = { ...cpuAlert, name, source: 'rds', momentary: true, description: null } as const;
  const told = wordsOf({ ...alarmPage, alerts: [full], context: null });
  expect(told.paragraphs).toEqual([cpuAlert.summary, 'RDS does not tell when this is over.']);
  expect(told.sections.map(({ heading }) => heading)).toEqual(['What RDS says']);
  const deleted = wordsOf({ ...alarmPage, alerts: [{ ...full, name: 'rds/menotime-prod/deleted' }] });
  expect(deleted.paragraphs).toEqual([cpuAlert.summary]);
});

test('statements that are the same are one line', () => {
  const statement = { text: 'UPDATE a SET b = $1', seconds: 2, state: 'waits for Lock' };
  const database = context.database && {
    ...context.database,
    statements: [{ ...statement, seconds: 75 }, statement, { ...statement, state: 'running' }],
  };
  const [section] = wordsOf({ ...alarmPage, context: { ...context, database } }).sections;
  expect(section?.lines).toEqual([
    '1 min, waits for Lock: UPDATE a SET b = $1 (2 of these)',
    '2 s, running: UPDATE a SET b = $1',
  ]);
});

test('only addresses of the web become links', () => {
  const linked = (runbook: string) =>
    wordsOf({ ...alarmPage, alerts: [{ ...cpuAlert, runbook, source: 'rds' }] }).links;
  expect(linked('https://wiki.example.com/a|b>c')).toEqual([
    { text: 'Runbook', url: 'https://wiki.example.com/a%7Cb%3Ec' },
  ]);
  expect(linked('docs/runbooks/cpu.md')).toEqual([]);
  expect(linked('javascript:alert(1)')).toEqual([]);
  expect(linked('https://user:password@example.com/')).toEqual([]);
});

test('what an alarm that comes late is told with', () => {
  const { paragraphs } = wordsOf(alarmPage, { overSince: '2026-11-21T10:20:00.000Z' });
  expect(paragraphs[0]).toBe('This comes late: it has been over since 2026-11-21 10:20:00 UTC.');
});
