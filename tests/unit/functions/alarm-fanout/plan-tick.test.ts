import { describe, expect, test } from '@jest/globals';
import type { AlarmRow } from '../../../../functions/alarm-fanout/alarm-row.ts';
import { planTick } from '../../../../functions/alarm-fanout/plan-tick.ts';
import { alarmsConfig, alert, recovery } from '../../../support/alarm-fixtures.ts';

const on: AlarmRow = {
  alert,
  onSince: alert.at,
  told: { chat: { incident: alert.key } },
  held: null,
  flappingSince: null,
  toldAt: '2026-11-21T10:00:01.000Z',
  unseenAfter: null,
  outbox: [],
};
const facts = {
  config: alarmsConfig({ remindEveryMinutes: { warning: 60, critical: 10 } }),
  silences: [],
  inhibitors: [],
  now: new Date('2026-11-21T11:00:01Z'),
};
const silence = { until: '2026-11-21T12:00:00Z', why: 'migration' };

describe('an alarm that stays on', () => {
  test('is told again after its interval, as another page to the same incident', () => {
    expect(planTick(on, facts)).toMatchObject({
      kind: 'tell',
      row: {
        toldAt: '2026-11-21T11:00:01.000Z',
        outbox: [{ id: `reminder ${alert.key} 2026-11-21T11:00:01.000Z`, to: on.told }],
      },
    });
  });

  test('is left alone before, and while it is silenced', () => {
    expect(planTick(on, { ...facts, now: new Date('2026-11-21T11:00:00Z') })).toBeUndefined();
    expect(planTick(on, { ...facts, silences: [silence] })).toBeUndefined();
  });

  test('is never told again where the config says 0', () => {
    expect(planTick({ ...on, alert: { ...alert, severity: 'info' } }, facts)).toBeUndefined();
  });

  test('is left alone when it is over', () => {
    expect(planTick({ ...on, alert: recovery, onSince: null, told: {} }, facts)).toBeUndefined();
  });
});

describe('an alarm that was held back', () => {
  const held = { ...on, told: {}, toldAt: null, held: 'silenced until 2026-11-21T11:00:00Z: migration' };

  test('is told once nothing holds it, with what did', () => {
    expect(planTick(held, facts)).toMatchObject({
      kind: 'tell',
      row: {
        held: null,
        told: { chat: {} },
        outbox: [{ kind: 'alarm', note: `Nobody was told before: ${held.held}.` }],
      },
    });
  });

  test('says what holds it now', () => {
    expect(planTick(held, { ...facts, silences: [silence] })).toMatchObject({
      kind: 'hold',
      row: { held: 'silenced until 2026-11-21T12:00:00Z: migration' },
    });
    expect(
      planTick(
        { ...held, held: 'silenced until 2026-11-21T12:00:00Z: migration' },
        { ...facts, silences: [silence] },
      ),
    ).toBeUndefined();
  });

  test('is told also where it only happened', () => {
    const happened = { ...held, alert: { ...alert, momentary: true }, onSince: null };
    expect(planTick(happened, facts)).toMatchObject({ kind: 'tell', row: { told: {} } });
  });
});

describe('an alarm that flapped', () => {
  const flapped = { ...on, flappingSince: '2026-11-21T10:00:00.000Z' };

  test('is silent until it has kept one state for long enough', () => {
    const soon = new Date('2026-11-21T10:29:59Z');
    expect(planTick(flapped, { ...facts, now: soon })).toBeUndefined();
  });

  test('is told as an alarm where it stayed on', () => {
    expect(planTick(flapped, facts)).toMatchObject({
      row: { flappingSince: null, outbox: [{ kind: 'alarm' }] },
    });
  });

  test('is told as over where it stayed so', () => {
    const over = { ...flapped, alert: recovery, onSince: null };
    expect(planTick(over, facts)).toMatchObject({
      row: { flappingSince: null, told: {}, outbox: [{ kind: 'recovery', to: on.told }] },
    });
    const planned = planTick(over, facts);
    expect(planned?.kind === 'tell' && planned.row.told).toEqual({});
  });
});

describe('an alarm that is on and that nobody knows of', () => {
  test.each<[string, AlarmRow['told']]>([
    ['whose sinks are not in the config any more', { gone: { incident: alert.key } }],
    ['that no route led anywhere', {}],
  ])('%s is told to those that are, once', (_what, told) => {
    const planned = planTick({ ...on, told }, facts);
    expect(planned).toMatchObject({ kind: 'tell', row: { outbox: [{ kind: 'alarm', to: { chat: {} } }] } });
    const row = planned?.kind === 'tell' ? planned.row : on;
    expect(planTick(row, facts)).toBeUndefined();
  });

  test('is held where something stands against it', () => {
    expect(planTick({ ...on, told: {} }, { ...facts, silences: [silence] })).toMatchObject({ kind: 'hold' });
  });
});

test('an alarm that stopped flapping in a silence is held until its end', () => {
  const flapped = { ...on, flappingSince: '2026-11-21T10:00:00.000Z' };
  const planned = planTick(flapped, { ...facts, silences: [silence] });
  expect(planned).toMatchObject({ kind: 'hold', row: { flappingSince: null, told: on.told } });
  const row = planned?.kind === 'hold' ? planned.row : on;
  const later = { ...facts, now: new Date('2026-11-21T12:00:00Z') };
  expect(planTick(row, later)).toMatchObject({ kind: 'tell', row: { outbox: [{ kind: 'alarm' }] } });
});

test('a reminder that could not be sent gives way to the next', () => {
  const first = planTick(on, facts);
  const row = first?.kind === 'tell' ? first.row : on;
  const second = planTick(row, { ...facts, now: new Date('2026-11-21T12:00:01Z') });
  expect(second?.kind === 'tell' && second.row.outbox.map(({ id }) => id)).toEqual([
    `reminder ${alert.key} 2026-11-21T12:00:01.000Z`,
  ]);
});
