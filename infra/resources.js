import { alarmResources } from './aws/alarms.ts';
import { auditArchivePolicy } from './aws/audit-archive-access.ts';
import { aliasReferences, scheduleResources } from './aws/schedules.ts';
import { snapshotExportPolicy } from './aws/snapshot-export-access.ts';
import { subscriptionResources } from './aws/subscriptions.ts';
import { deployment } from './stage.js';

// Resolvers of the Serverless Framework for what is made from the config: `${file(infra/resources.js):schedules}`.

export const schedules = async (framework) => ({ Resources: scheduleResources(await deployment(framework)) });
export const alarms = async (framework) => ({ Resources: alarmResources(await deployment(framework)) });
export const subscriptions = async (framework) => ({
  Resources: subscriptionResources(await deployment(framework)),
});
export const scheduledAliases = async (framework) => aliasReferences(await deployment(framework));
export const snapshotExportAccess = async (framework) => snapshotExportPolicy(await deployment(framework));
export const auditArchiveAccess = async (framework) => auditArchivePolicy(await deployment(framework));
