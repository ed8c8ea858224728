import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { claimDigest, markTold } from '../../../../functions/alarm-fanout/digest-entries.ts';
import { alarmsConfig } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

let stage: AlarmStage;
beforeAll(async () => {
  stage = await startAlarmStage(alarmsConfig());
});
afterAll(() => stage.stop());

const now = new Date('2026-01-02T03:04:05Z');
const digest = (windowId: string) => ({ sink: 'channel', windowId });
const claim = (windowId: string, at = now) =>
  claimDigest(stage.fanout.table, digest(windowId), { now: at, lastsMs: 60_000 });

test('one of those who tell a digest at once has it, until it must be dead', async () => {
  const claims = await Promise.all(['a', 'b', 'c'].map(() => claim('raced')));
  expect(claims.map(({ kind }) => kind).sort()).toEqual(['of another', 'of another', 'ours']);
  expect(claims).toContainEqual({ kind: 'of another', until: now.getTime() + 60_000 });
  expect(await claim('raced', new Date(now.getTime() + 60_000))).toEqual({ kind: 'ours' });
});

test('one whose answer is lost is ours all the same, and does not wait for itself', async () => {
  const fault = stage.stack.gateway.faults.order({
    action: 'UpdateItem',
    times: 1,
    effect: { kind: 'cut', when: 'after' },
  });
  expect(await claim('lost')).toEqual({ kind: 'ours' });
  expect(fault.fired).toBe(1);
});

test('what is told is told, whatever time it is', async () => {
  expect(await claim('told')).toEqual({ kind: 'ours' });
  await markTold(stage.fanout.table, digest('told'), now);
  expect(await claim('told', new Date(now.getTime() + 3_600_000))).toEqual({ kind: 'told' });
});
