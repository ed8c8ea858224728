import { expect, test } from '@jest/globals';
import { describeAlarms, isOpen, knownAlarm, sortAlarms } from '../../../cli/show-alarm-list.ts';
import type { AlarmRow } from '../../../functions/alarm-fanout/alarm-row.ts';
import { alert, recovery } from '../../support/alarm-fixtures.ts';

const row: AlarmRow = {
  alert,
  onSince: '2026-11-21T09:00:00.000Z',
  told: { chat: { incident: alert.key }, pager: { incident: alert.key } },
  held: null,
  flappingSince: null,
  toldAt: null,
  unseenAfter: null,
  outbox: [],
};

test('an alarm is shown with what it says, since when, and who was told', () => {
  expect(describeAlarms([knownAlarm(row)]).split('\n')).toEqual([
    'warning nightshift-prod-menotime-cpu, on since 2026-11-21 09:00:00 UTC',
    '  CPUUtilization of menotime-prod is 91.2 %, over 75 %',
    '  told: chat, pager',
  ]);
});

test('one that nobody was told of says why, and since when it flaps', () => {
  const held = { ...row, told: {}, held: 'silenced until 2026-11-21T12:00:00Z: a rebuild' };
  const said = describeAlarms([knownAlarm({ ...held, flappingSince: '2026-11-21T09:30:00.000Z' })]);
  expect(said).toContain('\n  nobody is told: silenced until 2026-11-21T12:00:00Z: a rebuild\n');
  expect(said).toContain('\n  told of as flapping since 2026-11-21 09:30:00 UTC');
  expect(said).not.toContain('told: chat');
});

test('what is over, or only happened, is open as long as something of it is owed', () => {
  const over = { ...row, alert: recovery, onSince: null, told: {} };
  const happened = { ...row, alert: { ...alert, momentary: true }, onSince: null };
  expect([row, over, happened].map((one) => isOpen(knownAlarm(one)))).toEqual([true, false, false]);
  expect(isOpen(knownAlarm({ ...over, flappingSince: '2026-11-21T09:30:00.000Z' }))).toBe(true);
  expect(isOpen(knownAlarm({ ...happened, held: 'silenced' }))).toBe(true);
  expect(describeAlarms([knownAlarm(over)])).toContain('over since 2026-11-21 10:20:00 UTC');
  expect(describeAlarms([knownAlarm(happened)])).toContain('last happened 2026-11-21 10:00:00 UTC');
});

test('nothing in a name is obeyed by a terminal', () => {
  const hostile = { ...row, alert: { ...alert, name: 'a\u001b[2J\u202e\nb' } };
  expect(describeAlarms([knownAlarm(hostile)]).split('\n')[0]).toBe(
    'warning a[2J b, on since 2026-11-21 09:00:00 UTC',
  );
});

test('the worst comes first, then the oldest, what is over last', () => {
  const made = (name: string, more: Partial<AlarmRow>) => ({
    ...knownAlarm({ ...row, ...more }),
    alarm: name,
  });
  const critical = { alert: { ...alert, severity: 'critical' as const } };
  const sorted = sortAlarms([
    made('over', { ...critical, alert: { ...critical.alert, state: 'OK' }, onSince: null, told: {} }),
    made('young', { onSince: '2026-11-21T09:30:00.000Z' }),
    made('old', {}),
    made('worst', { ...critical, onSince: '2026-11-21T09:45:00.000Z' }),
  ]);
  expect(sorted.map(({ alarm }) => alarm)).toEqual(['worst', 'old', 'young', 'over']);
});
