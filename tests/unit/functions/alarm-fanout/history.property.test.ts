import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AlarmRow, incidentsOf, type Sending } from '../../../../functions/alarm-fanout/alarm-row.ts';
import { memberOf, stormOf } from '../../../../functions/alarm-fanout/digest-name.ts';
import { type Plan, plan } from '../../../../functions/alarm-fanout/plan.ts';
import { planTick } from '../../../../functions/alarm-fanout/plan-tick.ts';
import { goingBy, hasOwnIncident, opens } from '../../../../functions/alarm-fanout/ways.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import { alarmsConfig, alert as sample } from '../../../support/alarm-fixtures.ts';

/**
 * One alarm's life, played through the plans alone: changes of any state, doubled and out of order, ticks, silences that
 * come and go, digests that close too early, and sends that are put off. What sinks hold open is kept beside it.
 */

const config = alarmsConfig({
  flapping: { changes: 4, withinMinutes: 30, quietMinutes: 20 },
  remindEveryMinutes: { critical: 10, warning: 30 },
});

interface StormModel {
  readonly began: Set<string>;
  readonly over: Set<string>;
  isClosed: boolean;
}

class World {
  row: AlarmRow | undefined;
  nowMs = Date.parse('2026-11-21T10:00:00Z');
  silenced = false;
  history: string[] = [];
  /** Ids of what was sent, in its order. */
  readonly sent: string[] = [];
  /** `sink incident` of what sinks that hold incidents have open. */
  readonly open = new Set<string>();
  readonly storms = new Map<string, StormModel>();
  windowId = 0;

  get facts() {
    const until = new Date(this.nowMs + 3_600_000).toISOString();
    return {
      config,
      silences: this.silenced ? [{ until, why: 'a test' }] : [],
      inhibitors: [],
      changes: this.history,
      now: new Date(this.nowMs),
    };
  }

  take(planned: Plan | undefined, nextWay: () => 'alone' | 'digest'): void {
    if (!planned || planned.kind === 'drop') return;
    let row = planned.row;
    for (const { id, to, ways } of row.outbox) {
      if (ways) continue;
      for (const sink of Object.keys(to)) row = this.going(row, id, sink, nextWay());
    }
    this.row = row;
  }

  going(row: AlarmRow, id: string, sink: string, how: 'alone' | 'digest'): AlarmRow {
    const sending = row.outbox.find((one) => one.id === id);
    const told = sending?.to[sink];
    const isOwn = sending?.kind === 'recovery' && told && hasOwnIncident(told, sending.alert.key);
    const window = { id: `w${this.windowId}`, closesAt: this.nowMs };
    return goingBy(row, { id, sink, way: how === 'alone' || isOwn ? null : window });
  }

  storm(sink: string, windowId: string): StormModel {
    const name = stormOf({ sink, windowId });
    const found = this.storms.get(name) ?? { began: new Set(), over: new Set(), isClosed: false };
    this.storms.set(name, found);
    return found;
  }

  /** Sends the oldest that is owed; it may find its digest closed, and is given another way. */
  send(nextWay: () => 'alone' | 'digest'): void {
    const row = this.row;
    const [sending] = row?.outbox ?? [];
    if (!row || !sending) return;
    for (const [sink, way] of Object.entries(sending.ways ?? {})) {
      if (way === null) continue;
      const storm = this.storm(sink, way.id);
      const member = memberOf(sending.alert);
      if (storm.isClosed && !storm.began.has(member)) {
        this.row = this.going(row, sending.id, sink, nextWay());
        return;
      }
      if (opens(sending)) storm.began.add(member);
    }
    this.deliver(sending);
    this.sent.push(sending.id);
    this.row = { ...row, outbox: row.outbox.slice(1) };
  }

  deliver({ kind, alert, to, ways }: Sending): void {
    for (const [sink, told] of Object.entries(to)) {
      const isAlone = ways?.[sink] === null;
      if (kind === 'recovery') {
        if (isAlone && hasOwnIncident(told, alert.key)) this.open.delete(`${sink} ${alert.key}`);
        for (const { incident, member } of incidentsOf(told)) {
          if (member === undefined) continue;
          this.storm(sink, incident.split(':').at(-1) ?? '').over.add(member);
          this.endIfOver(sink, incident);
        }
      } else if (isAlone && kind !== 'reminder') this.open.add(`${sink} ${alert.key}`);
    }
  }

  endIfOver(sink: string, incident: string): void {
    const storm = this.storms.get(incident);
    if (storm?.isClosed && [...storm.began].every((one) => storm.over.has(one)))
      this.open.delete(`${sink} ${incident}`);
  }

  closeWindows(): void {
    for (const [name, storm] of this.storms) {
      if (storm.isClosed) continue;
      storm.isClosed = true;
      const [, sink = ''] = name.split(':');
      if ([...storm.began].some((one) => !storm.over.has(one))) this.open.add(`${sink} ${name}`);
    }
    this.windowId += 1;
  }

  tick(nextWay: () => 'alone' | 'digest'): void {
    if (this.row) this.take(planTick(this.row, this.facts), nextWay);
  }

  /** Every silence over, everything quiet, told and closed. */
  settle(nextWay: () => 'alone' | 'digest'): void {
    this.silenced = false;
    this.history = [];
    for (let round = 0; round < 4; round += 1) {
      this.nowMs += 3_600_000;
      this.tick(nextWay);
      for (let left = 0; (this.row?.outbox.length ?? 0) > 0 && left < 200; left += 1) this.send(nextWay);
      this.closeWindows();
    }
  }
}

const change = fc.record({
  state: fc.constantFrom<Alert['state']>('ALARM', 'OK', 'ALARM', 'OK', 'INSUFFICIENT_DATA'),
  severity: fc.constantFrom<Alert['severity']>('warning', 'critical'),
  gapMinutes: fc.integer({ min: 1, max: 25 }),
  /** It comes so many places later than it should, and as often. */
  late: fc.constantFrom(0, 0, 0, 1, 3),
  times: fc.constantFrom(1, 1, 2),
});
const life = fc.array(change, { minLength: 1, maxLength: 14 });

interface Options {
  readonly changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[];
  readonly choose: <T>(values: readonly T[]) => T;
  readonly isOrdered?: boolean;
  readonly isHeld?: boolean;
  readonly isTicked?: boolean;
  readonly isFlapping?: boolean;
}

/** Alternates as CloudWatch does: the same state twice is no change of it. */
function alertsOf(changes: Options['changes']): (Alert & { late: number; times: number })[] {
  let at = Date.parse('2026-11-21T10:00:00Z');
  return changes.map(({ state, severity, gapMinutes, late, times }) => {
    at += gapMinutes * 60_000;
    return { ...sample, state, severity, at: new Date(at).toISOString(), late, times };
  });
}

function play({
  changes,
  choose,
  isOrdered = false,
  isHeld = true,
  isTicked = true,
  isFlapping = true,
}: Options): World {
  const world = new World();
  const nextWay = () => choose(['alone', 'digest'] as const);
  const arriving = alertsOf(changes).flatMap(({ late, times, ...alert }, index) =>
    Array.from({ length: times }, (_, repeated) => ({
      alert,
      place: index + (isOrdered ? 0 : late + repeated * 2),
    })),
  );
  for (const { alert } of arriving.sort((one, other) => one.place - other.place)) {
    world.nowMs = Math.max(world.nowMs, Date.parse(alert.at) + 1_000);
    if (isFlapping) world.history.push(alert.at);
    world.take(plan(alert, world.row, world.facts), nextWay);
    for (const action of [
      choose(['send', 'send', 'wait', 'close', 'hold', 'tick'] as const),
      'send' as const,
    ]) {
      if (action === 'send') world.send(nextWay);
      if (action === 'close') world.closeWindows();
      if (action === 'hold' && isHeld) world.silenced = !world.silenced;
      if (action === 'tick' && isTicked) world.tick(nextWay);
    }
  }
  return world;
}

/** The newest state of all but INSUFFICIENT_DATA; undefined where there was none. */
function newest(changes: Options['changes']): Alert | undefined {
  return alertsOf(changes)
    .filter(({ state }) => state !== 'INSUFFICIENT_DATA')
    .at(-1);
}

const lives = (check: (changes: Options['changes'], choose: Options['choose']) => void) =>
  fc.assert(
    fc.property(life, fc.gen(), (changes, draw) =>
      check(changes, (values) => draw(fc.constantFrom, ...values)),
    ),
    { numRuns: 2_000 },
  );

describe('whatever becomes of an alarm', () => {
  test('that is on at the end is told, and open wherever it was', () => {
    lives((changes, choose) => {
      const last = newest(changes);
      fc.pre(last?.state === 'ALARM');
      const world = play({ changes, choose });
      world.settle(() => choose(['alone', 'digest']));
      const told = Object.entries(world.row?.told ?? {});
      expect(told.map(([sink]) => sink)).toContain('chat');
      if (last?.severity === 'critical') expect(told.map(([sink]) => sink)).toContain('pager');
      for (const [sink, { incident }] of told) expect([...world.open]).toContain(`${sink} ${incident}`);
    });
  });

  test('that is over at the end leaves nothing open anywhere', () => {
    lives((changes, choose) => {
      fc.pre(newest(changes)?.state === 'OK');
      const world = play({ changes, choose });
      world.settle(() => choose(['alone', 'digest']));
      expect([...world.open]).toEqual([]);
    });
  });

  test('nothing is told twice', () => {
    lives((changes, choose) => {
      const world = play({ changes, choose });
      world.settle(() => choose(['alone', 'digest']));
      expect(world.sent).toEqual([...new Set(world.sent)]);
      expect(world.row?.outbox ?? []).toEqual([]);
    });
  });

  test('in its order, each time that it goes on and off is told', () => {
    lives((changes, choose) => {
      const few = changes.map((one) => ({ ...one, gapMinutes: one.gapMinutes + 10 }));
      const world = play({
        changes: few,
        choose,
        isOrdered: true,
        isHeld: false,
        isTicked: false,
        isFlapping: false,
      });
      world.settle(() => choose(['alone', 'digest']));
      const seen = alertsOf(few).filter(({ state }) => state !== 'INSUFFICIENT_DATA');
      const isChange = (one: Alert, index: number) => one.state !== (seen[index - 1]?.state ?? 'OK');
      const expected = seen
        .filter(isChange)
        .map(({ state, at }) => `${state === 'OK' ? 'recovery' : 'alarm'} ${sample.key} ${at}`);
      const told = world.sent.filter((id) => !id.startsWith('reminder'));
      expect(told).toEqual(expect.arrayContaining(expected));
    });
  });
});
