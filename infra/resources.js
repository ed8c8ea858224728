import { alarmContextPolicy, alarmFanoutPolicy } from './aws/alarm-access.ts';
import { deliveryRoleResources } from './aws/alarm-delivery-access.ts';
import { deliveryFunctions as functionsOfSinks } from './aws/alarm-delivery-functions.ts';
import { alarmIntakeResources } from './aws/alarm-intake-access.ts';
import { alarmRuleResources } from './aws/alarm-rules.ts';
import { sinkResources } from './aws/alarm-sinks.ts';
import { alarmResources } from './aws/alarms.ts';
import { auditArchivePolicy } from './aws/audit-archive-access.ts';
import { backupVerifyPolicy } from './aws/backup-verify-access.ts';
import { databaseAlarmResources } from './aws/database-alarms.ts';
import { dbMaintenancePolicy, matviewRefreshPolicy } from './aws/database-work-access.ts';
import { drillGroupResources, drillEnvironment as environmentOfDrills } from './aws/drill-groups.ts';
import { drillReaperPolicy } from './aws/drill-reaper-access.ts';
import { pipeAlarmResources } from './aws/pipe-alarms.ts';
import { restoreDrillPolicy } from './aws/restore-drill-access.ts';
import { scheduleResources, schedulerPolicy } from './aws/schedules.ts';
import { snapshotExportPolicy } from './aws/snapshot-export-access.ts';
import { subscriptionResources } from './aws/subscriptions.ts';
import { deployment } from './stage.js';

// Resolvers of the Serverless Framework for what is made from the config: `${file(infra/resources.js):schedules}`.

export const schedules = async (framework) => ({ Resources: scheduleResources(await deployment(framework)) });
export const databaseAlarms = async (framework) => ({
  Resources: databaseAlarmResources(await deployment(framework)),
});
// What the config says of the way of alarms: none of it where there is none.
export const alarmPipe = async (framework) => {
  const deployed = await deployment(framework);
  return {
    Resources: {
      ...alarmRuleResources(deployed),
      ...sinkResources(deployed),
      ...deliveryRoleResources(deployed),
      ...alarmIntakeResources(deployed),
      ...pipeAlarmResources(deployed),
    },
  };
};
export const alarms = async (framework) => ({ Resources: alarmResources(await deployment(framework)) });
export const subscriptions = async (framework) => ({
  Resources: subscriptionResources(await deployment(framework)),
});
export const snapshotExportAccess = async (framework) => snapshotExportPolicy(await deployment(framework));
export const auditArchiveAccess = async (framework) => auditArchivePolicy(await deployment(framework));
export const backupVerifyAccess = async (framework) => backupVerifyPolicy(await deployment(framework));
export const restoreDrillAccess = async (framework) => restoreDrillPolicy(await deployment(framework));
export const matviewRefreshAccess = async (framework) => matviewRefreshPolicy(await deployment(framework));
export const dbMaintenanceAccess = async (framework) => dbMaintenancePolicy(await deployment(framework));
export const schedulerAccess = async (framework) => schedulerPolicy(await deployment(framework));
export const alarmFanoutAccess = async (framework) => alarmFanoutPolicy(await deployment(framework));
export const alarmContextAccess = async (framework) => alarmContextPolicy(await deployment(framework));
export const deliveryFunctions = async (framework) => functionsOfSinks(await deployment(framework));
export const drillReaperAccess = async (framework) => drillReaperPolicy(await deployment(framework));
export const drillGroups = async (framework) => ({
  Resources: drillGroupResources(await deployment(framework)),
});
export const drillEnvironment = async (framework) => environmentOfDrills(await deployment(framework));
