import { expect, test } from '@jest/globals';
import { stageConfig } from '../../support/stage-config.ts';

const defaults = stageConfig({
  shop: {
    instance: 'shop',
    databaseName: 'shop',
    auth: { kind: 'secret', secretId: 'shop' },
    snapshotExport: {},
    backupVerify: {},
  },
}).databases.shop;

function hourOf(schedule = ''): number {
  const [, minute, hour] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(schedule) ?? [];
  return Number(hour) + Number(minute) / 60;
}

/** The export adopts the snapshot of 03:00; the one of the night before is 24 hours older. */
test('by default a night whose export takes five hours is over before the checks, and one that is missing is not overlooked', () => {
  const exportedAt = hourOf(defaults?.snapshotExport?.schedule);
  const checkedAt = hourOf(defaults?.backupVerify?.schedule);
  expect(checkedAt - exportedAt).toBeGreaterThanOrEqual(5);
  const { exportAgeHours = 0, copyAgeHours = 0 } = defaults?.backupVerify?.limits ?? {};
  const snapshotAt = exportedAt - 0.5;
  for (const limit of [exportAgeHours, copyAgeHours]) {
    expect(checkedAt - snapshotAt).toBeLessThan(limit);
    expect(checkedAt - snapshotAt + 24).toBeGreaterThan(limit);
  }
});
