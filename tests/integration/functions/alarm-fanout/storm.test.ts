import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyChange, applyTick, type BatchFacts } from '../../../../functions/alarm-fanout/apply.ts';
import { tellDigest } from '../../../../functions/alarm-fanout/close-digest.ts';
import type { Fanout } from '../../../../functions/alarm-fanout/fanout.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmNamed, alarmsConfig, alert } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

const config = alarmsConfig({ digest: { windowSeconds: 60 } });
const facts: BatchFacts = { config, silences: [], inhibitors: [], changesOf: () => [] };

let stage: AlarmStage;
let clock = Date.parse('2026-11-21T10:00:00Z');

beforeAll(async () => {
  stage = await startAlarmStage(config);
}, 60_000);
afterAll(() => stage.stop());

/** Each test begins an hour after the last: its windows are its own. */
function fanoutOf(more: Partial<Fanout> = {}): Fanout {
  clock += 3_600_000;
  return { ...stage.fanout, now: () => new Date(clock), ...more };
}

/** Everything at once, as the batches of several invocations would. */
async function applyAll(fanout: Fanout, alerts: readonly Alert[]): Promise<void> {
  for (let first = 0; first < alerts.length; first += 100) {
    await Promise.all(alerts.slice(first, first + 100).map((one) => applyChange(fanout, one, facts)));
  }
}

/** Closes every digest that was ordered, each as often as it was. */
async function closeAll(fanout: Fanout): Promise<void> {
  clock += 60_000;
  for (const digest of stage.ordered.splice(0)) await tellDigest(fanout, digest);
}

const pages = (kind: Page['kind'], all: readonly Page[]) => all.filter((page) => page.kind === kind);
const over = (alerts: readonly Alert[]): Alert[] =>
  alerts.map((one) => ({ ...one, state: 'OK', at: '2026-11-21T10:30:00.000Z' }));

describe('a storm', () => {
  const severities = ['critical', 'warning', 'info'] as const;
  const alerts = Array.from({ length: 150 }, (_, index) =>
    alarmNamed(`storm-${index}`, { severity: severities[index % 3] ?? 'info' }),
  );

  test('is a page of each severity and one digest, and nothing of it is lost', async () => {
    const fanout = fanoutOf();
    await applyAll(fanout, alerts);
    await closeAll(fanout);
    const chat = await stage.takePages('chat');
    expect(pages('alarm', chat)).toHaveLength(3);
    const [digest, ...more] = pages('digest', chat);
    expect(more).toEqual([]);
    expect(digest).toMatchObject({
      severity: 'critical',
      effect: 'opens',
      counts: { alarms: 147, recoveries: 0, bySeverity: { critical: 49, warning: 49, info: 49 } },
    });
    expect(digest?.alerts).toHaveLength(100);
    expect(digest?.alerts.slice(0, 49).every(({ severity }) => severity === 'critical')).toBe(true);
    const pager = await stage.takePages('pager');
    expect(pager.map(({ kind }) => kind)).toEqual(['alarm', 'digest']);
    expect(pages('digest', pager)[0]?.counts?.alarms).toBe(49);
  });

  test('is over when the last of it is, and each recovery is told', async () => {
    const fanout = fanoutOf();
    const [last, ...others] = over(alerts).reverse();
    await applyAll(fanout, others);
    await closeAll(fanout);
    const before = await stage.takePages('chat');
    expect(
      before.some(({ effect, incident }) => effect === 'resolves' && incident.startsWith('storm:')),
    ).toBe(false);
    const alone = pages('recovery', before).flatMap(({ alerts: told }) => told.map(({ key }) => key));
    const [digest] = pages('digest', before);
    expect(digest).toMatchObject({ effect: 'none', counts: { alarms: 0 } });
    expect(alone.length + (digest?.counts?.recoveries ?? 0)).toBe(149);
    await applyAll(fanoutOf(), last ? [last] : []);
    const after = await stage.takePages('chat');
    expect(after.filter(({ effect }) => effect === 'resolves')).toMatchObject([
      { kind: 'recovery', sinks: ['chat'], incident: expect.stringMatching(/^storm:chat:/) },
    ]);
  });
});

describe('a storm that is over before its digest', () => {
  test('is told as such, and opens nothing', async () => {
    const fanout = fanoutOf();
    const alerts = ['a', 'b', 'c'].map((name) => alarmNamed(`brief-${name}`));
    await applyAll(fanout, alerts);
    await applyAll(fanout, over(alerts));
    await closeAll(fanout);
    const [digest] = pages('digest', await stage.takePages('chat'));
    expect(digest).toMatchObject({ effect: 'none', counts: { alarms: 0, recoveries: 2 } });
  });
});

describe('whoever is cut off', () => {
  /** Fails at one call to AWS, before it or after it, as a process that is killed there. */
  function killedAt(fanout: Fanout, call: number, when: 'before' | 'after'): Fanout {
    let calls = 0;
    const cut = <Client extends { send: (...args: never[]) => Promise<unknown> }>(client: Client): Client =>
      new Proxy(client, {
        get: (target, name) => {
          const found = Reflect.get(target, name);
          if (name !== 'send') return found;
          return async (...args: never[]) => {
            calls += 1;
            if (calls > call || (calls === call && when === 'before')) throw new Error('killed');
            const answer = await target.send(...args);
            if (calls === call) throw new Error('killed');
            return answer;
          };
        },
      });
    return { ...fanout, sns: cut(fanout.sns), table: { ...fanout.table, dynamo: cut(fanout.table.dynamo) } };
  }

  test.each(['before', 'after'] as const)(
    '%s any call goes on where it was, with the same page',
    async (when) => {
      for (let call = 1; call <= 8; call += 1) {
        const fanout = fanoutOf();
        const one = alarmNamed(`killed-${when}-${call}`);
        const recovery: Alert = { ...one, state: 'OK', at: '2026-11-21T10:20:00.000Z' };
        for (const change of [one, recovery]) {
          const first = await applyChange(killedAt(fanout, call, when), change, facts).catch(() => 'killed');
          if (first === 'killed') await applyChange(fanout, change, facts);
        }
        await closeAll(fanout);
        const told = await stage.takePages('chat');
        const ids = new Map(told.map(({ id, kind }) => [id, kind]));
        expect([...ids.values()].sort()).toEqual(['alarm', 'recovery']);
      }
    },
  );

  test('after its change was written down is made up for by the next tick', async () => {
    const fanout = fanoutOf();
    const one = alarmNamed('left-to-the-tick');
    const cut = { ...fanout, sns: killedAt(fanout, 0, 'before').sns };
    await expect(applyChange(cut, one, facts)).rejects.toThrow('killed');
    expect(await stage.takePages('chat')).toEqual([]);
    await applyTick(fanout, facts);
    expect(await stage.takePages('chat')).toMatchObject([{ kind: 'alarm', alerts: [{ name: one.name }] }]);
    await applyTick(fanout, facts);
    expect(await stage.takePages('chat')).toEqual([]);
  });
});

test('the same change in many hands at once is one page', async () => {
  const fanout = fanoutOf();
  const one = alarmNamed('many-hands');
  await Promise.all(Array.from({ length: 12 }, () => applyChange(fanout, one, facts)));
  const told = await stage.takePages('chat');
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  expect(alert.key).not.toBe(one.key);
});
