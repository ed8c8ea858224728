import { SNSClient } from '@aws-sdk/client-sns';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sending } from '../../../../functions/alarm-fanout/alarm-row.ts';
import { applyChange, applyTick, type BatchFacts } from '../../../../functions/alarm-fanout/apply.ts';
import { tellDigest } from '../../../../functions/alarm-fanout/close-digest.ts';
import { addToDigest } from '../../../../functions/alarm-fanout/digest-entries.ts';
import type { Fanout } from '../../../../functions/alarm-fanout/fanout.ts';
import { partOf } from '../../../../functions/alarm-fanout/short-key.ts';
import { noteBegan, noteOver } from '../../../../functions/alarm-fanout/storm.ts';
import { findWay } from '../../../../functions/alarm-fanout/ways.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import type { Page } from '../../../../shared/alarm/page.ts';
import { hasName } from '../../../../shared/aws/errors.ts';
import { alarmNamed, alarmsConfig } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

/** What becomes of a sink's incidents, whatever happens around a digest: kills, clocks, alarms that ring again. */

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

const at = (minutes: number) => new Date(Date.parse('2026-11-21T10:00:00Z') + minutes * 60_000).toISOString();
const on = (name: string, minutes = 0, more: Partial<Alert> = {}) =>
  alarmNamed(name, { at: at(minutes), ...more });
const off = (name: string, minutes = 1) => on(name, minutes, { state: 'OK' });

async function apply(fanout: Fanout, ...alerts: readonly Alert[]): Promise<void> {
  for (const one of alerts) await applyChange(fanout, one, facts);
}

async function closeAll(fanout: Fanout): Promise<void> {
  clock += 60_000;
  for (const digest of stage.ordered.splice(0)) await tellDigest(fanout, digest);
}

/** What a sink that holds incidents has open after these pages, each taken once. */
function openAfter(pages: readonly Page[]): string[] {
  const open = new Set<string>();
  const taken = new Set<string>();
  for (const { id, effect, incident } of pages) {
    if (taken.has(id)) continue;
    taken.add(id);
    if (effect === 'opens') open.add(incident);
    if (effect === 'resolves') open.delete(incident);
  }
  return [...open];
}

/** Opens a window with an alarm of another name, so that what follows goes into its digest. */
async function fillWindow(fanout: Fanout, name: string): Promise<void> {
  await apply(fanout, on(`${name}-first`), off(`${name}-first`));
}

/** Fails at one call to AWS, before it or after it, as a process that is killed there. */
function killedAt(fanout: Fanout, call: number, when: 'before' | 'after'): Fanout {
  let calls = 0;
  const step = async (work: () => Promise<unknown>) => {
    calls += 1;
    if (calls > call || (calls === call && when === 'before')) throw new Error('killed');
    const answer = await work();
    if (calls === call) throw new Error('killed');
    return answer;
  };
  const cut = <Client extends object>(client: Client): Client =>
    new Proxy(client, {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        return name === 'send'
          ? (...args: never[]) => step(() => Reflect.apply(found as () => Promise<unknown>, target, args))
          : found;
      },
    });
  return {
    ...fanout,
    sns: cut(fanout.sns),
    table: { ...fanout.table, dynamo: cut(fanout.table.dynamo) },
    closeLater: async (digest, seconds) => void (await step(() => fanout.closeLater(digest, seconds))),
  };
}

describe('whoever is killed at any call, and given the change again after its window has gone', () => {
  test.each([
    ['by itself', false, 'before'],
    ['by itself', false, 'after'],
    ['in a digest', true, 'before'],
    ['in a digest', true, 'after'],
  ] as const)(
    'has told it once, %s, and leaves nothing open (%s, %s)',
    async (_how, isFilled, when) => {
      for (let call = 1; call <= 9; call += 1) {
        const fanout = fanoutOf();
        const name = `cut-${isFilled}-${when}-${call}`;
        if (isFilled) await fillWindow(fanout, name);
        // Another alarm's digest is told whatever becomes of this one.
        if (isFilled) await apply(fanout, on(`${name}-other`));
        await applyChange(killedAt(fanout, call, when), on(name), facts).catch(() => 'killed');
        await closeAll(fanout);
        await apply(fanout, on(name));
        await closeAll(fanout);
        const first = await stage.takePages('chat');
        expect(openAfter(first)).not.toEqual([]);
        await apply(fanout, off(name), off(`${name}-other`));
        await closeAll(fanout);
        const all = [...first, ...(await stage.takePages('chat'))];
        expect(openAfter(all)).toEqual([]);
        const times = new Set(
          all
            .filter(({ alerts, effect }) => effect === 'opens' && alerts.some((one) => one.name === name))
            .map(({ id }) => id),
        );
        expect(times.size).toBe(1);
      }
    },
    120_000,
  );

  test.each(['before', 'after'] as const)(
    'leaves no incident open, killed in its recovery (%s)',
    async (when) => {
      for (let call = 1; call <= 12; call += 1) {
        const fanout = fanoutOf();
        const name = `cut-over-${when}-${call}`;
        await fillWindow(fanout, name);
        await apply(fanout, on(name));
        await closeAll(fanout);
        await applyChange(killedAt(fanout, call, when), off(name), facts).catch(() => 'killed');
        clock += 120_000;
        await apply(fanout, off(name));
        await applyTick(fanout, facts);
        await closeAll(fanout);
        expect(openAfter(await stage.takePages('chat'))).toEqual([]);
      }
    },
    120_000,
  );
});

describe('an alarm that rings again within its window', () => {
  test('is told as on, opens the incident of its digest, and its recovery ends that', async () => {
    const fanout = fanoutOf();
    await fillWindow(fanout, 'again');
    await apply(fanout, on('again'), off('again', 1), on('again', 2));
    await closeAll(fanout);
    const pages = await stage.takePages('chat');
    const digest = pages.find(({ kind }) => kind === 'digest');
    expect(digest).toMatchObject({ effect: 'opens', counts: { alarms: 1, recoveries: 0 } });
    expect(digest?.alerts).toMatchObject([{ name: 'again', state: 'ALARM', at: at(2) }]);
    await apply(fanout, off('again', 3));
    await closeAll(fanout);
    expect(openAfter([...pages, ...(await stage.takePages('chat'))])).toEqual([]);
  });

  test('after its first time was put off is ended with its second', async () => {
    const fanout = fanoutOf();
    await fillWindow(fanout, 'put-off');
    const cut = { ...fanout, closeLater: () => Promise.reject(new Error('killed')) };
    for (const one of [on('put-off'), off('put-off', 1)])
      await expect(applyChange(cut, one, facts)).rejects.toThrow('killed');
    clock += 61_000;
    await apply(fanout, on('put-off-next'), on('put-off', 2));
    await closeAll(fanout);
    await apply(fanout, off('put-off', 3), off('put-off-next', 3));
    await closeAll(fanout);
    expect(openAfter(await stage.takePages('chat'))).toEqual([]);
  });
});

describe('an alarm that becomes worse', () => {
  test.each([
    ['after it was told alone', false],
    ['in a storm', true],
  ])('%s leaves nothing open when it is over', async (what, isFilled) => {
    const fanout = fanoutOf();
    const name = `worse ${what}`.replaceAll(' ', '-');
    if (isFilled) await fillWindow(fanout, name);
    await apply(fanout, on(name));
    await apply(fanout, on(`${name}-critical`, 0, { severity: 'critical' }));
    await apply(fanout, on(name, 1, { severity: 'critical' }));
    await closeAll(fanout);
    const before = await stage.takePages('chat');
    const worse = before.filter(({ alerts }) =>
      alerts.some((one) => one.name === name && one.severity === 'critical'),
    );
    expect(worse).toMatchObject([{ kind: 'digest', effect: 'opens' }]);
    await apply(fanout, off(`${name}-critical`, 2), off(name, 2));
    await closeAll(fanout);
    expect(openAfter([...before, ...(await stage.takePages('chat'))])).toEqual([]);
  });
});

describe('a digest', () => {
  test('that is closed before its time stops nobody: what comes then is told with the next', async () => {
    const fanout = fanoutOf();
    await fillWindow(fanout, 'early');
    await apply(fanout, on('early-1'));
    for (const digest of stage.ordered.splice(0)) await tellDigest(fanout, digest);
    await apply(fanout, on('early-2'));
    await closeAll(fanout);
    const names = (await stage.takePages('chat')).flatMap(({ alerts }) => alerts.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(['early-1', 'early-2']));
  });

  test('is ordered for no later than SQS can wait, whatever the clocks say', async () => {
    const delays: number[] = [];
    const long = { ...facts, config: alarmsConfig({ digest: { windowSeconds: 900 } }) };
    const fanout = fanoutOf({
      config: long.config,
      closeLater: async (_digest, seconds) => void delays.push(seconds),
    });
    await applyChange(fanout, on('clocks-first'), long);
    const slow = { ...fanout, now: () => new Date(clock - 30_000) };
    await applyChange(slow, on('clocks'), long);
    expect(delays).toEqual([900]);
    await stage.takePages('chat');
    clock += 3_600_000;
  });

  test('is told once, however often and by however many it is ordered', async () => {
    const fanout = fanoutOf();
    await fillWindow(fanout, 'often');
    await apply(fanout, on('often'));
    const [digest] = stage.ordered.splice(0);
    if (!digest) throw new Error('no digest was ordered');
    await Promise.all([tellDigest(fanout, digest), tellDigest(fanout, digest)]);
    await closeAll(fanout);
    await tellDigest(fanout, digest);
    const told = (await stage.takePages('chat')).filter(({ kind }) => kind === 'digest');
    expect(told).toHaveLength(1);
    expect(stage.ordered).toEqual([]);
  });

  test('is told though whoever claimed it was killed, by the next that looks when its time is over', async () => {
    const delays: number[] = [];
    const fanout = fanoutOf({ remainingMs: () => 40_000 });
    await fillWindow(fanout, 'claimed');
    await apply(fanout, on('claimed'));
    const [digest] = stage.ordered.splice(0);
    if (!digest) throw new Error('no digest was ordered');
    const nowhere = { endpoint: 'http://127.0.0.1:9', region: 'us-west-1', maxAttempts: 1 };
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const died = { ...fanout, sns: new SNSClient({ ...nowhere, credentials }) };
    await expect(tellDigest(died, digest)).rejects.toThrow();
    const digests = async () => (await stage.takePages('chat')).filter(({ kind }) => kind === 'digest');
    const other = { ...fanout, closeLater: async (_: object, seconds: number) => void delays.push(seconds) };
    await tellDigest(other, digest);
    expect([delays, await digests()]).toEqual([[40], []]);
    clock += 40_000;
    await tellDigest(other, digest);
    expect(await digests()).toHaveLength(1);
  });

  test('that has no room for more is told with what it has, and the rest with the next', async () => {
    const fanout = fanoutOf();
    await fillWindow(fanout, 'full');
    const way = await findWay(fanout, 'chat', sending('alarm', on('full'), {}));
    if (way === null) throw new Error('the window is not full of pages');
    const at = { sink: 'chat', window: way };
    const has = on('full-before');
    const sk = `shard#${partOf(has.key, 64)}`;
    const isInSameShard = ({ key }: Alert) => `shard#${partOf(key, 64)}` === sk;
    const others = Array.from({ length: 1_000 }, (_, index) => on(`full-${index}`)).filter(isInSameShard);
    expect(await addToDigest(fanout.table, at, { kind: 'on', alert: has })).toBe(true);
    await fill({ pk: `digest#chat#${way.id}`, sk });
    await apply(fanout, ...others);
    const ordered = stage.ordered.splice(0);
    expect(new Set(ordered.map(({ windowId }) => windowId === way.id))).toEqual(new Set([false]));
    stage.ordered.push({ sink: 'chat', windowId: way.id }, ...ordered);
    await closeAll(fanout);
    const told = (await stage.takePages('chat')).filter(({ kind }) => kind === 'digest');
    expect(told.map(({ counts }) => counts?.alarms)).toEqual([1, others.length]);
  });
});

/** Leaves an item no room for anything: DynamoDB takes 400 KB. */
async function fill(Key: Record<string, string>): Promise<void> {
  const { dynamo, name: TableName } = stage.fanout.table;
  const UpdateExpression = 'SET filling = :filling';
  // The entry that is there already is longer than what is left out at first.
  for (let bytes = 409_300; ; bytes -= 32) {
    const ExpressionAttributeValues = { ':filling': 'x'.repeat(bytes) };
    const command = new UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues });
    const isRefused = await dynamo.send(command).then(
      () => false,
      (error: unknown) => hasName(error, 'ValidationException'),
    );
    if (!isRefused) return;
  }
}

test('a storm that lasts from one window into the next is five messages at most', async () => {
  const fanout = fanoutOf();
  const severities = ['critical', 'warning', 'info'] as const;
  const storm = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      on(`lasting-${from + index}`, 0, { severity: severities[index % 3] ?? 'info' }),
    );
  await apply(fanout, on('lasting-first'));
  clock += 55_000;
  await stage.takePages('chat');
  await apply(fanout, ...storm(0, 2));
  clock += 6_000;
  await apply(fanout, ...storm(2, 60));
  await closeAll(fanout);
  const pages = await stage.takePages('chat');
  expect(pages.length).toBeLessThanOrEqual(5);
  const told = pages.reduce((sum, { counts }) => sum + (counts?.alarms ?? 1), 0);
  expect(told).toBe(62);
});

test('what cannot be sent stops nothing else of a tick', async () => {
  const fanout = fanoutOf();
  const cut = { ...fanout, closeLater: () => Promise.reject(new Error('killed')) };
  await fillWindow(fanout, 'unsent');
  for (const name of ['unsent-1', 'unsent-2'])
    await expect(applyChange(cut, on(name), facts)).rejects.toThrow('killed');
  let failures = 0;
  const once = async (...given: Parameters<Fanout['closeLater']>) => {
    failures += 1;
    if (failures === 1) throw new Error('not now');
    await fanout.closeLater(...given);
  };
  await expect(applyTick({ ...fanout, closeLater: once }, facts)).rejects.toThrow('not now');
  expect(failures).toBeGreaterThan(1);
  await applyTick(fanout, facts);
  await closeAll(fanout);
  const names = (await stage.takePages('chat')).flatMap(({ alerts }) => alerts.map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(['unsent-1', 'unsent-2']));
});

test('a storm whose members are not all written down yet is not over', async () => {
  const fanout = fanoutOf();
  const storm = { sink: 'chat', incident: 'storm:chat:half-written' };
  const now = new Date(clock);
  // One update for each member, in whichever order they are told; the word that these are all stays out.
  await expect(noteBegan(killedAt(fanout, 1, 'after').table, storm, ['a-member'], now)).rejects.toThrow(
    'killed',
  );
  expect(await noteOver(fanout.table, storm, 'a-member', now)).toBe(false);
  expect(await noteBegan(fanout.table, storm, ['a-member', 'another'], now)).toBe(false);
  expect(await noteOver(fanout.table, storm, 'another', now)).toBe(true);
  expect(await noteBegan(fanout.table, storm, ['a-member', 'another'], now)).toBe(true);
});
