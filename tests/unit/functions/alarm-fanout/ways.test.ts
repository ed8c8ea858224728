import { describe, expect, test } from '@jest/globals';
import { type AlarmRow, sending } from '../../../../functions/alarm-fanout/alarm-row.ts';
import { memberOf } from '../../../../functions/alarm-fanout/digest-name.ts';
import { goingBy } from '../../../../functions/alarm-fanout/ways.ts';
import { alert, recovery } from '../../../support/alarm-fixtures.ts';

const own = { chat: { incident: alert.key } };
const again = { ...alert, at: '2026-11-21T11:00:00.000Z' };
const first = sending('alarm', alert, own);
const over = sending('recovery', recovery, own);
const second = sending('alarm', again, own);
const row: AlarmRow = {
  alert: again,
  onSince: again.at,
  told: own,
  held: null,
  flappingSince: null,
  toldAt: null,
  unseenAfter: null,
  outbox: [first, over, second],
};
const window = (id: string) => ({ id, closesAt: 0 });
const storm = (id: string, one = alert) => ({ incident: `storm:chat:${id}`, member: memberOf(one) });
const byDigest = (given: AlarmRow, id: string, windowId: string) =>
  goingBy(given, { id, sink: 'chat', way: window(windowId) });

describe('an alarm that goes into a digest', () => {
  test('is ended in its storm by its own recovery, and the next time of it stands for itself', () => {
    const { outbox, told } = byDigest(row, first.id, 'w1');
    expect(outbox[1]?.to).toEqual({ chat: storm('w1') });
    expect(outbox[2]?.to).toEqual(own);
    expect(told).toEqual(own);
  });

  test('is known by that, and by another once it goes into another', () => {
    const once = { ...row, alert, outbox: [first] };
    expect(byDigest(once, first.id, 'w1').told).toEqual({ chat: storm('w1') });
    expect(byDigest(byDigest(once, first.id, 'w1'), first.id, 'w2').told).toEqual({ chat: storm('w2') });
  });

  test('leaves open what the sink knew it by before', () => {
    const worse = { ...second, known: ['chat'] };
    const { told } = byDigest({ ...row, outbox: [worse] }, worse.id, 'w1');
    expect(told).toEqual({ chat: { ...storm('w1', again), before: [{ incident: alert.key }] } });
  });

  test('is ended by itself, where it went by itself after all', () => {
    const put = goingBy(byDigest(row, first.id, 'w1'), { id: over.id, sink: 'chat', way: window('w1') });
    const { outbox } = goingBy(put, { id: first.id, sink: 'chat', way: null });
    expect(outbox[1]).toMatchObject({ to: own, ways: { chat: null } });
  });
});
