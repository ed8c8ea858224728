import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/define.ts';
import type { DatabaseAlarmsConfig } from '../../../shared/config/schema.ts';
import { stageInput } from '../../support/stage-config.ts';

const known = { maxConnections: 500, memoryGiB: 8 };

function parsed(alarms: object): DatabaseAlarmsConfig {
  const databases = { menotime: { ...stageInput.databases.menotime, alarms } };
  const { stages } = parseConfig({ stages: { test: { ...stageInput, databases } } }, 'a config');
  const found = stages.test?.databases.menotime?.alarms;
  if (!found) throw new Error('The database has no alarms.');
  return found;
}

test('a limit is a number, or more about it, and what is left out is as usual', () => {
  const { cpuPercent, readLatencyMs, freeStorageGiB, downMinutes } = parsed({
    ...known,
    cpuPercent: 75,
    readLatencyMs: { periods: 2, severity: 'info' },
  });
  expect(cpuPercent).toEqual({ limit: 75, periods: 3, periodSeconds: 300, severity: 'warning' });
  expect(readLatencyMs).toEqual({ limit: 5, periods: 2, periodSeconds: 300, severity: 'info' });
  expect(freeStorageGiB).toEqual({ limit: 10, periods: 1, periodSeconds: 300, severity: 'critical' });
  expect(downMinutes).toBe(5);
});

test('null switches an alarm off', () => {
  const { cpuPercent, downMinutes } = parsed({ ...known, cpuPercent: null, downMinutes: null });
  expect([cpuPercent, downMinutes]).toEqual([null, null]);
});

test('what the build writes beside a bundle is read as the same', () => {
  const settings = parsed({ ...known, replicas: ['menotime-replica'], cpuPercent: 75, diskQueueDepth: null });
  expect(parsed(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test('a share of what the config does not say is refused, unless it is switched off', () => {
  expect(() => parsed({})).toThrow(/"connectionsPercent" is a share of "maxConnections"/);
  expect(() => parsed({})).toThrow(/"memoryUsedPercent" is a share of "memoryGiB"/);
  expect(parsed({ connectionsPercent: null, memoryUsedPercent: null }).connectionsPercent).toBeNull();
});

test.each(['binLogDiskUsage', 'BinLogDiskUsage', 'binlogGiB'])(
  '%s is refused, with the reason and what there is instead',
  (key) => {
    expect(() => parsed({ ...known, [key]: 80 })).toThrow(
      /PostgreSQL has no binary log\. Say "transactionLogsGiB" instead/,
    );
  },
);

test('any other unknown key is named', () => {
  expect(() => parsed({ ...known, cpuPercnt: 80 })).toThrow(/"cpuPercnt"/);
});

test.each([
  [{ cpuPercent: '75' }, /cpuPercent: a number; or \{ limit, periods, periodSeconds, severity \}; or null/],
  [{ cpuPercent: 100 }, /cpuPercent\.limit/],
  [{ cpuPercent: { limit: 75, periodSeconds: 120 } }, /cpuPercent\.periodSeconds/],
  [{ cpuPercent: { periods: 289 } }, /cpuPercent: CloudWatch looks back for a day at most/],
  [{ transactionIdsMillions: 2_147 }, /transactionIdsMillions\.limit/],
  [{ replicas: ['Menotime Replica'] }, /replicas\.0/],
  [{ downMinutes: 1 }, /downMinutes/],
])('%j is refused, by its place', (settings, fault) => {
  expect(() => parsed({ ...known, ...settings })).toThrow(fault);
});
