import { expect, test } from '@jest/globals';
import { maintenanceConditions } from '../../../../infra/aws/maintenance-alarms.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const { menotime } = stageInput.databases;
const named = (dbMaintenance: object) => {
  const config = stageConfig({ menotime: { ...menotime, dbMaintenance } });
  const deployment = { stage: 'prod', config } as Parameters<typeof maintenanceConditions>[0];
  return maintenanceConditions(deployment).map(({ name, metric, when }) => [name, metric, when]);
};

test('a missing whole run is told by the days that the daily run counts, and a missing daily run by itself', () => {
  expect(named({})).toEqual([
    ['db-maintenance-menotime-damaged', 'ObjectsDamaged', { is: 'counted' }],
    ['db-maintenance-menotime-missed', 'MaintenanceAgeDays', { is: 'above', threshold: 35 }],
    ['db-maintenance-menotime-urgent-missed', 'UrgentMaintenanceRuns', { is: 'absent', hours: 36 }],
  ]);
});

test('within a week CloudWatch itself can tell, and a schedule that leaves out days misses none', () => {
  const names = named({ missedAfterDays: 7, urgentSchedule: 'cron(0 5 ? * MON-FRI *)' }).map(
    ([name]) => name,
  );
  expect(names).toEqual(['db-maintenance-menotime-damaged']);
});
