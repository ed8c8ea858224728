import { type StageConfig, stageSchema } from '../../shared/config/schema.ts';

/** The least that a stage's config may say of one database with exports, before defaults; tests vary it by spread. */
export const stageInput = {
  account: '111122223333',
  region: 'us-west-1',
  backupBucket: 'menotime-backups',
  databases: {
    menotime: {
      instance: 'menotime-prod',
      databaseName: 'menotime_prod',
      auth: { kind: 'secret', secretId: 'menotime/db/prod' },
      snapshotExport: {},
    },
  },
} as const;

/** A validated stage, with other databases beside or instead of `menotime`. */
export function stageConfig(databases: object = {}): StageConfig {
  return stageSchema.parse({ ...stageInput, databases: { ...stageInput.databases, ...databases } });
}
