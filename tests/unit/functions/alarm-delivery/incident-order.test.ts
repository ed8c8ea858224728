import { describe, expect, test } from '@jest/globals';
import {
  isOvertaken,
  momentOf,
  noThread,
  overSince,
  rootFor,
  sentOnceMore,
  shortPage,
} from '../../../../functions/alarm-delivery/incident-order.ts';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmPage, cpuAlert, digestPage, recoveryPage } from '../../../support/alarm-pages.ts';

const entry = (page: Page) => ({ at: momentOf(page), page: shortPage(page) });
const again: Page = { ...alarmPage, alerts: [{ ...cpuAlert, at: '2026-11-21T10:30:00.000Z' }] };

describe('an alarm', () => {
  test('comes late where its recovery, or a later one, was told before it', () => {
    expect(overSince(alarmPage, { ...noThread, over: entry(recoveryPage) })).toBe('2026-11-21T10:20:00.000Z');
    expect(overSince(again, { ...noThread, over: entry(recoveryPage) })).toBeNull();
    expect(overSince(alarmPage, noThread)).toBeNull();
  });
  test('is followed by its recovery once more where that has been sent', () => {
    expect(
      sentOnceMore(alarmPage, { ...noThread, opened: entry(alarmPage), over: entry(recoveryPage) }),
    ).toMatchObject({
      effect: 'resolves',
    });
    expect(sentOnceMore(alarmPage, { ...noThread, opened: entry(alarmPage) })).toBeNull();
  });
  test('of a storm is older than whatever ends the storm', () => {
    const storm = digestPage(10);
    const end: Page = {
      ...recoveryPage,
      incident: storm.incident,
      alerts: [{ ...cpuAlert, at: '2026-11-21T09:00:00.000Z' }],
    };
    expect(sentOnceMore(storm, { ...noThread, opened: entry(storm), over: entry(end) })).toMatchObject({
      effect: 'resolves',
    });
    expect(isOvertaken(end, { ...noThread, opened: entry(storm) })).toBe(false);
  });
});

describe('a recovery', () => {
  test('is overtaken by an alarm that is newer, and by no other', () => {
    expect(isOvertaken(recoveryPage, { ...noThread, opened: entry(again) })).toBe(true);
    expect(isOvertaken(recoveryPage, { ...noThread, opened: entry(alarmPage) })).toBe(false);
  });
  test('is followed by a newer alarm once more', () => {
    expect(
      sentOnceMore(recoveryPage, { ...noThread, opened: entry(again), over: entry(recoveryPage) }),
    ).toMatchObject({
      effect: 'opens',
      context: null,
    });
  });
  test('wins over an alarm of the same moment', () => {
    const same: Page = { ...recoveryPage, alerts: [{ ...cpuAlert, state: 'OK' }] };
    expect(isOvertaken(same, { ...noThread, opened: entry(alarmPage) })).toBe(false);
    expect(
      sentOnceMore(alarmPage, { ...noThread, opened: entry(alarmPage), over: entry(same) }),
    ).toMatchObject({
      effect: 'resolves',
    });
  });
  test('answers the message of its alarm, and not that of a later one', () => {
    expect(rootFor(recoveryPage, { ...noThread, root: { ts: '1.2', at: momentOf(alarmPage) } })).toBe('1.2');
    expect(rootFor(recoveryPage, { ...noThread, root: { ts: '1.2', at: momentOf(again) } })).toBeNull();
    expect(rootFor(alarmPage, { ...noThread, root: { ts: '1.2', at: momentOf(alarmPage) } })).toBeNull();
  });
});
