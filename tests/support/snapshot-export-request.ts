import type { SnapshotExportRequest } from '../../functions/snapshot-export/event.ts';
import type { SnapshotExportConfig } from '../../shared/config/schema.ts';
import { stageConfig } from './stage-config.ts';

/** The settings of `menotime` with every default, or with others instead of some. */
export function exportSettings(changed: Partial<SnapshotExportConfig> = {}): SnapshotExportConfig {
  const settings = stageConfig().databases.menotime?.snapshotExport;
  if (!settings) throw new Error('the fixture has no snapshotExport');
  return { ...settings, ...changed };
}

/** A nightly run's request; tests vary it by spread. */
export const nightlyRequest: SnapshotExportRequest = {
  database: 'menotime',
  slot: '2026-01-02',
  trigger: 'by its schedule',
  dryRun: false,
  labelled: false,
  instance: 'menotime-prod',
  settings: exportSettings(),
  tables: undefined,
  skipExport: false,
  asked: { tables: null, skipExport: false },
  announcedSnapshot: undefined,
};
