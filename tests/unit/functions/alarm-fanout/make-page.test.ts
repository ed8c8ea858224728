import { describe, expect, test } from '@jest/globals';
import { sending } from '../../../../functions/alarm-fanout/alarm-row.ts';
import { alarmPage, type Digest, digestPage } from '../../../../functions/alarm-fanout/make-page.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import type { PageContext } from '../../../../shared/alarm/page.ts';
import { alarmNamed, alert, recovery } from '../../../support/alarm-fixtures.ts';

const now = new Date('2026-11-21T10:00:05Z');
const on = (one: Alert) => ({ kind: 'on', alert: one }) as const;
const digest = (entries: Digest['entries']) =>
  digestPage({ sink: 'chat', windowId: 'w', entries, isStorm: true }, 'prod', now);
const bytes = (page: object) => Buffer.byteLength(JSON.stringify(page));

describe('a digest', () => {
  test('tells the worst first, then the oldest, and what is over last', () => {
    const page = digest([
      { kind: 'over', alert: alarmNamed('over', { state: 'OK', severity: 'critical' }) },
      on(alarmNamed('info', { severity: 'info' })),
      on(alarmNamed('newer', { severity: 'critical', at: '2026-11-21T10:00:01.000Z' })),
      on(alarmNamed('older', { severity: 'critical' })),
      on(alarmNamed('warning')),
    ]);
    expect(page.alerts.map(({ name }) => name)).toEqual(['older', 'newer', 'warning', 'info', 'over']);
    expect(page).toMatchObject({
      severity: 'critical',
      counts: { alarms: 4, recoveries: 1, bySeverity: { critical: 2, warning: 1, info: 1 } },
    });
  });

  test('tells of each alarm the newest that is in it, whichever was put in first', () => {
    const again = { ...alert, at: '2026-11-21T10:30:00.000Z' };
    const entries = [on(again), { kind: 'over' as const, alert: recovery }, on(alert)];
    expect(digest(entries)).toMatchObject({ alerts: [again], counts: { alarms: 1, recoveries: 0 } });
    expect(digest(entries.slice(1))).toMatchObject({ counts: { alarms: 0, recoveries: 1 } });
  });

  test('shows a hundred at most, and counts all', () => {
    const page = digest(Array.from({ length: 250 }, (_, index) => on(alarmNamed(`n-${index}`))));
    expect(page.alerts).toHaveLength(100);
    expect(page.counts?.alarms).toBe(250);
    expect(page.database).toBe('menotime');
  });

  test('is no larger than SNS takes, however long the names are', () => {
    const long = (index: number) => `${index}${'名'.repeat(250)}`;
    const page = digest(
      Array.from({ length: 250 }, (_, index) =>
        on(alarmNamed(long(index), { summary: '長'.repeat(300), runbook: '書'.repeat(300) })),
      ),
    );
    expect(bytes(page)).toBeLessThanOrEqual(200_000);
    expect(page.alerts.length).toBeGreaterThan(30);
    expect(page.counts?.alarms).toBe(250);
  });
});

describe('a page of one alarm', () => {
  const made = { stage: 'prod', sinks: ['chat'], now };
  const context: PageContext = {
    pictureUrl: null,
    trend: 'rose',
    rdsEvents: [],
    runningJobs: [],
    database: {
      statements: [{ text: 'x'.repeat(210_000), seconds: 1, state: 'active' }],
      locks: [],
      connections: {},
      maxConnections: 100,
      longestTransactionSeconds: null,
    },
    commands: [],
    missing: [],
  };

  test('leaves without what is too long, and says so', () => {
    const children = Array.from({ length: 3_000 }, (_, index) => `${alert.key}-${index}`);
    const page = alarmPage(sending('alarm', { ...alert, children }, {}), made, alert.key, context);
    expect(bytes(page)).toBeLessThanOrEqual(200_000);
    expect(page.alerts).toMatchObject([{ name: alert.name }]);
    expect(page.context).toMatchObject({
      trend: 'rose',
      database: null,
      missing: ['what the database is doing (too long)'],
    });
  });

  test.each([
    ['alarm', 'own', 'opens'],
    ['flapping', 'storm', 'opens'],
    ['reminder', 'own', 'opens'],
    ['reminder', 'storm', 'none'],
    ['recovery', 'own', 'resolves'],
    ['recovery', 'storm', 'none'],
  ] as const)('%s of an incident of its %s: %s', (kind, whose, effect) => {
    const incident = whose === 'own' ? alert.key : 'storm:chat:w';
    expect(alarmPage(sending(kind, alert, {}), made, incident, null)).toMatchObject({ incident, effect });
  });
});
