import { describe, expect, test } from '@jest/globals';
import type { AlarmRow } from '../../../../functions/alarm-fanout/alarm-row.ts';
import { type Facts, type Plan, plan } from '../../../../functions/alarm-fanout/plan.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import { alarmNamed, alarmsConfig, alert, recovery } from '../../../support/alarm-fixtures.ts';

const facts: Facts = {
  config: alarmsConfig(),
  silences: [],
  inhibitors: [],
  changes: [],
  now: new Date('2026-11-21T10:00:05Z'),
};

/** The row after some changes, in the order in which they arrive. */
function rowAfter(changes: readonly Alert[], given: Facts = facts): AlarmRow | undefined {
  let row: AlarmRow | undefined;
  for (const change of changes) {
    const planned = plan(change, row, given);
    if (planned.kind !== 'drop') row = { ...planned.row, outbox: [] };
  }
  return row;
}

function told(planned: Plan) {
  if (planned.kind === 'drop') return [];
  return planned.row.outbox.map(({ kind, alert: { at }, to }) => ({ kind, at, to: Object.keys(to) }));
}

const again = { ...alert, at: '2026-11-21T11:00:00.000Z' };

describe('an alarm that goes on', () => {
  test('is told to the sinks of its route', () => {
    const planned = plan(alert, undefined, facts);
    expect(planned).toMatchObject({ kind: 'tell', reason: 'route 2 of the config' });
    expect(told(planned)).toEqual([{ kind: 'alarm', at: alert.at, to: ['chat'] }]);
  });

  test('is told to every route on the way, where they say so', () => {
    const planned = plan({ ...alert, severity: 'critical' }, undefined, facts);
    expect(planned).toMatchObject({ reason: 'routes 1 and 2 of the config' });
    expect(told(planned)).toEqual([{ kind: 'alarm', at: alert.at, to: ['pager', 'chat'] }]);
  });

  test('is not told again while it is on', () => {
    const planned = plan(again, rowAfter([alert]), facts);
    expect(planned).toMatchObject({ kind: 'note', row: { onSince: alert.at, alert: { at: again.at } } });
    expect(told(planned)).toEqual([]);
  });

  test('is told again when it has become worse, to those who knew as well', () => {
    const planned = plan({ ...again, severity: 'critical' }, rowAfter([alert]), facts);
    expect(told(planned)).toEqual([{ kind: 'alarm', at: again.at, to: ['pager', 'chat'] }]);
  });

  test('is known when it comes twice', () => {
    expect(plan(alert, rowAfter([alert]), facts)).toEqual({ kind: 'drop', reason: 'it is known already' });
  });

  test('that only happened is told each time, and owes no recovery', () => {
    const happened = { ...alert, momentary: true };
    const row = rowAfter([happened]);
    expect(row).toMatchObject({ onSince: null, told: {} });
    expect(told(plan({ ...happened, at: again.at }, row, facts))).toHaveLength(1);
  });
});

describe('a run that failed', () => {
  const run: Alert = { ...alert, source: 'job', momentary: true };
  const counted: Alert = { ...run, source: 'cloudwatch', at: '2026-11-21T10:04:00.000Z' };

  test('is told by itself, and not by the alarm that counts it', () => {
    expect(told(plan(run, undefined, facts))).toHaveLength(1);
    expect(plan(counted, rowAfter([run]), facts)).toMatchObject({ kind: 'drop' });
  });

  test.each<[string, Alert, Alert[]]>([
    ['by its alarm, where it could not tell by itself', counted, []],
    ['by its alarm, where what it told was another failure', { ...counted, at: again.at }, [run]],
    ['by itself also after its alarm', { ...run, at: again.at }, [counted]],
  ])('is told %s', (_how, change, before) => {
    expect(told(plan(change, rowAfter(before), facts))).toHaveLength(1);
  });
});

describe('a recovery', () => {
  test('goes to those who were told of the alarm, with the incident that they know', () => {
    const row = rowAfter([{ ...alert, severity: 'critical' }]);
    const known = { ...row, told: { ...row?.told, chat: { incident: 'storm:chat:1' } } } as AlarmRow;
    const planned = plan(recovery, known, facts);
    expect(planned).toMatchObject({
      kind: 'tell',
      row: {
        onSince: null,
        told: {},
        outbox: [
          {
            kind: 'recovery',
            to: { chat: { incident: 'storm:chat:1' }, pager: { incident: alert.key } },
            note: 'It was on for 20 min.',
          },
        ],
      },
    });
  });

  test('goes nowhere where nobody was told of the alarm', () => {
    expect(told(plan(recovery, undefined, facts))).toEqual([]);
  });

  test('that overtakes its alarm is told after it, when that comes', () => {
    const planned = plan(alert, rowAfter([recovery]), facts);
    expect(told(planned)).toEqual([
      { kind: 'alarm', at: alert.at, to: ['chat'] },
      { kind: 'recovery', at: recovery.at, to: ['chat'] },
    ]);
    expect(plan(alert, rowAfter([recovery, alert]), facts)).toMatchObject({ kind: 'drop' });
  });

  test('keeps what is unsent before it', () => {
    const planned = plan(alert, undefined, facts);
    if (planned.kind === 'drop') throw new Error('it was dropped');
    expect(told(plan(recovery, planned.row, facts)).map(({ kind }) => kind)).toEqual(['alarm', 'recovery']);
  });
});

describe('what says nothing new', () => {
  test.each([
    ['an older alarm', [again], alert],
    ['an older recovery', [again], recovery],
    [
      'an older alarm after a recovery that was told',
      [alert, recovery],
      { ...alert, at: '2026-11-21T10:10:00.000Z' },
    ],
  ])('%s is dropped', (_what, before, change) => {
    expect(plan(change, rowAfter(before), facts)).toEqual({
      kind: 'drop',
      reason: 'something newer is known of it',
    });
  });

  test('insufficient data is neither an alarm nor a recovery', () => {
    const unsure: Alert = { ...recovery, state: 'INSUFFICIENT_DATA' };
    expect(plan(unsure, rowAfter([alert]), facts)).toMatchObject({ kind: 'drop' });
    const asAlarm = { ...facts, config: alarmsConfig({ insufficientData: 'alarm' }) };
    expect(told(plan({ ...unsure, at: alert.at }, undefined, asAlarm))).toHaveLength(1);
  });
});

describe('an alarm that is held back', () => {
  const parent = { key: 'arn:parent', name: 'db-unhealthy', database: 'menotime', children: [alert.key] };

  test.each<[string, Partial<Facts>, Partial<Alert>]>([
    ['explained by a composite alarm', { inhibitors: [parent] }, {}],
    [
      'hidden by another alarm of its database',
      {
        config: alarmsConfig({ inhibit: [{ when: ['*-down'], hides: ['*'] }] }),
        inhibitors: [{ key: 'arn:down', name: 'menotime-down', database: 'menotime', children: [] }],
      },
      {},
    ],
    ['silenced', { silences: [{ until: '2026-11-21T12:00:00Z', why: 'migration', alarms: ['*-cpu'] }] }, {}],
    [
      'in maintenance',
      { config: alarmsConfig({ maintenance: [{ window: { from: '09:30', hours: 1 } }] }) },
      {},
    ],
    ['muted by CloudWatch', {}, { quiet: { by: 'a mute rule', until: '2026-11-21T10:30:00.000Z' } }],
  ])('as it is %s is kept, and owes nothing', (_what, more, change) => {
    const planned = plan({ ...alert, ...change }, undefined, { ...facts, ...more });
    expect(planned).toMatchObject({ kind: 'hold', row: { onSince: alert.at, told: {} } });
    expect(planned.kind === 'hold' && planned.row.held).toBe(planned.reason);
  });

  test.each<[string, Partial<Facts>]>([
    [
      'by an alarm of another database',
      {
        config: alarmsConfig({ inhibit: [{ when: ['*-down'], hides: ['*'] }] }),
        inhibitors: [{ key: 'arn:down', name: 'shop-down', database: 'shop', children: [] }],
      },
    ],
    ['by itself', { inhibitors: [{ ...parent, key: alert.key }] }],
    ['by a silence that has ended', { silences: [{ until: '2026-11-21T10:00:00Z', why: 'migration' }] }],
    [
      'by a silence that has not begun',
      { silences: [{ from: '2026-11-21T11:00:00Z', until: '2026-11-21T12:00:00Z', why: 'migration' }] },
    ],
    [
      'by a silence of others',
      { silences: [{ until: '2026-11-21T12:00:00Z', why: 'x', alarms: ['*-memory'] }] },
    ],
    [
      'on a day without maintenance',
      { config: alarmsConfig({ maintenance: [{ window: { from: '09:30', hours: 1 }, days: ['SUN'] }] }) },
    ],
  ])('is not held back %s', (_what, more) => {
    expect(plan(alert, undefined, { ...facts, ...more })).toMatchObject({ kind: 'tell' });
  });

  test('is told of when it comes again and nothing holds it any longer', () => {
    const held = rowAfter([alert], { ...facts, inhibitors: [parent] });
    expect(told(plan(again, held, facts))).toEqual([{ kind: 'alarm', at: again.at, to: ['chat'] }]);
  });
});

describe('an alarm that flaps', () => {
  const changes = [0, 1, 2, 3, 4, 5, 6].map((minute) => `2026-11-21T09:5${minute}:00.000Z`);
  const flapping = { ...facts, changes };

  test('is told of once, then held', () => {
    const first = plan(alert, undefined, flapping);
    expect(first).toMatchObject({ kind: 'tell', row: { outbox: [{ kind: 'flapping' }] } });
    const row = rowAfter([alert], flapping);
    const over = plan(recovery, row, flapping);
    expect(over).toMatchObject({ kind: 'hold', reason: 'it flaps', row: { told: { chat: {} } } });
    const kept = rowAfter([alert, recovery], flapping);
    expect(plan(again, kept, flapping)).toMatchObject({ kind: 'hold', row: { told: { chat: {} } } });
  });

  test('is one only above the limit, and within the time', () => {
    const few = { ...facts, changes: changes.slice(1) };
    expect(told(plan(alert, undefined, few))).toMatchObject([{ kind: 'alarm' }]);
    const old = changes.map((at) => at.replace('T09:5', 'T09:2'));
    expect(told(plan(alert, undefined, { ...facts, changes: old }))).toMatchObject([{ kind: 'alarm' }]);
  });

  test('tells its recovery as any other once it changes less', () => {
    expect(told(plan(recovery, rowAfter([alert], flapping), facts))).toMatchObject([{ kind: 'recovery' }]);
  });
});

describe('nothing is lost', () => {
  const happened = (at: string, more: Partial<Alert> = {}): Alert => ({
    ...alert,
    momentary: true,
    at,
    ...more,
  });
  const silenced = { ...facts, silences: [{ until: '2026-11-21T12:00:00Z', why: 'migration' }] };
  const kinds = (planned: Plan) => told(planned).map(({ kind }) => kind);

  test('of what only happens, in whichever order it comes; and what comes twice is told once', () => {
    const [first, second, third] = ['10:00', '10:05', '10:10'].map((time) =>
      happened(`2026-11-21T${time}:00.000Z`),
    ) as [Alert, Alert, Alert];
    expect(kinds(plan(first, rowAfter([third]), facts))).toEqual(['alarm']);
    expect(kinds(plan(second, rowAfter([third, first]), facts))).toEqual(['alarm']);
    for (const again of [first, second, third])
      expect(plan(again, rowAfter([third, first, second]), facts)).toMatchObject({ kind: 'drop' });
  });

  test('of a failure that was held, by the alarm that counts it going off again', () => {
    const row = rowAfter(
      [alert].map((one) => ({ ...one, momentary: true })),
      silenced,
    );
    const off: Alert = { ...alert, momentary: true, state: 'OK', at: again.at };
    expect(plan(off, row, silenced)).toEqual({ kind: 'drop', reason: 'what only happened is never over' });
  });

  test('of what happened more than once while it was held: how often is told', () => {
    const row = rowAfter([happened(alert.at), happened('2026-11-21T10:01:00.000Z')], silenced);
    expect(row).toMatchObject({ unheard: 1 });
    expect(plan(happened(again.at), row, facts)).toMatchObject({
      row: {
        held: null,
        unheard: 0,
        outbox: [
          { note: expect.stringMatching(/^It had happened 2 times before, and nobody was told: silenced/) },
        ],
      },
    });
  });

  test('of an alarm that came and went unseen after another, when it comes late', () => {
    const second = { ...alert, at: '2026-11-21T10:30:00.000Z' };
    const overAgain = { ...recovery, at: '2026-11-21T10:40:00.000Z' };
    const row = rowAfter([alert, recovery, overAgain]);
    expect(kinds(plan(second, row, facts))).toEqual(['alarm', 'recovery']);
    expect(plan(alert, row, facts)).toMatchObject({ kind: 'drop' });
    const more = rowAfter([alert, recovery, overAgain, { ...recovery, at: '2026-11-21T10:50:00.000Z' }]);
    expect(kinds(plan(second, more, facts))).toEqual(['alarm', 'recovery']);
  });

  test('of what is unsent, when something happens again; and it owes no recovery', () => {
    const first = plan(happened(alert.at), undefined, facts);
    if (first.kind === 'drop') throw new Error('it was dropped');
    const second = plan(happened(again.at), first.row, facts);
    expect(kinds(second)).toEqual(['alarm', 'alarm']);
    expect(second.kind === 'tell' && second.row.told).toEqual({});
  });

  test('of when people heard last, when it is on once more', () => {
    const row = rowAfter([alert]);
    expect(plan(again, row, facts)).toMatchObject({ kind: 'note', row: { toldAt: row?.toldAt } });
    expect(row?.toldAt).toBe(facts.now.toISOString());
  });

  test('of silence: an alarm that comes after its recovery is not told in it', () => {
    const planned = plan(alert, rowAfter([recovery]), silenced);
    expect(planned).toMatchObject({ kind: 'note', reason: expect.stringContaining('silenced until') });
    expect(told(planned)).toEqual([]);
  });

  test('of the recovery that is owed for one that flapped, when it goes on again', () => {
    const changes = [0, 1, 2, 3, 4, 5, 6].map((minute) => `2026-11-21T09:5${minute}:00.000Z`);
    const flapped = rowAfter([alert, recovery], { ...facts, changes });
    const storm = { incident: 'storm:pager:1', member: 'm1' };
    const row = { ...flapped, told: { pager: storm } } as AlarmRow;
    expect(plan(again, row, facts)).toMatchObject({ row: { told: { pager: storm, chat: {} } } });
    expect(plan(again, row, silenced)).toMatchObject({ kind: 'hold', row: { told: { pager: storm } } });
  });

  test('of the recovery of an alarm that came late, where one of the same moment was told for having flapped', () => {
    const changes = [0, 1, 2, 3, 4, 5, 6].map((minute) => `2026-11-21T09:5${minute}:00.000Z`);
    const flapped = rowAfter([alert, recovery], { ...facts, changes });
    const ids = (planned: Plan) => (planned.kind === 'drop' ? [] : planned.row.outbox.map(({ id }) => id));
    const calm = plan({ ...recovery, at: '2026-11-21T10:40:00.000Z' }, flapped, facts);
    if (calm.kind === 'drop') throw new Error('it was dropped');
    expect(kinds(calm)).toEqual(['recovery']);
    const late = plan({ ...alert, at: '2026-11-21T10:30:00.000Z' }, { ...calm.row, outbox: [] }, facts);
    expect(kinds(late)).toEqual(['alarm', 'recovery']);
    expect(ids(late)).not.toEqual(expect.arrayContaining(ids(calm)));
  });

  test('when CloudWatch says that it holds nothing back any longer, of the same change', () => {
    const quiet = { ...alert, quiet: { by: 'Alarm', until: null } };
    const row = rowAfter([quiet]);
    expect(plan(quiet, row, facts)).toMatchObject({ kind: 'drop' });
    expect(kinds(plan(alert, row, facts))).toEqual(['alarm']);
  });

  test('where no route fits', () => {
    const config = alarmsConfig({ routes: [{ severities: ['critical'], to: ['pager'] }] });
    expect(told(plan(alert, undefined, { ...facts, config }))).toEqual([
      { kind: 'alarm', at: alert.at, to: ['chat', 'pager'] },
    ]);
  });
});

test('alarms are known by their keys alone, whatever their names', () => {
  const row = rowAfter([alarmNamed('one')]);
  expect(plan(alarmNamed('one', { name: 'renamed', at: again.at }), row, facts)).toMatchObject({
    kind: 'note',
  });
});
