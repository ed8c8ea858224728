import type { VerifyRequest } from '../../functions/backup-verify/event.ts';
import type { BackupFact, Facts, InstanceFact, SharingFact } from '../../functions/backup-verify/facts.ts';
import type { Past } from '../../functions/backup-verify/past.ts';
import { backupVerify } from '../../shared/config/backup-verify.ts';
import type { BackupVerifyConfig } from '../../shared/config/schema.ts';
import type { Finding } from '../../shared/verify/finding.ts';

/** A morning on which all is well; tests vary it by spread. */

export const now = new Date('2026-03-20T06:00:00.000Z');
export const key = 'arn:aws:kms:us-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001';
export const keyThere = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000002';

export function verifySettings(given: object = {}): BackupVerifyConfig {
  return backupVerify.parse(given) as BackupVerifyConfig;
}

export const expected: VerifyRequest = {
  database: 'menotime',
  slot: '2026-03-20',
  trigger: 'by its schedule',
  dryRun: false,
  instance: 'menotime-prod',
  region: 'us-west-1',
  account: '111122223333',
  settings: verifySettings({ posture: { backupWindow: '03:00-03:30', kmsKeyId: key } }),
  copyTo: { region: 'us-east-1', kmsKeyId: keyThere },
  isExported: true,
  isDrilled: true,
};

export function automated(day: string, change: Partial<BackupFact> = {}): BackupFact {
  return {
    identifier: `rds:menotime-prod-${day}-03-05`,
    status: 'available',
    createdAt: `${day}T03:05:00.000Z`,
    encrypted: true,
    kmsKeyId: key,
    sizeBytes: 1_000_000_000,
    ...change,
  };
}

export const days = ['13', '14', '15', '16', '17', '18', '19', '20'].map((day) => `2026-03-${day}`);

export const instance: InstanceFact = {
  identifier: 'menotime-prod',
  resourceId: 'db-MENOTIME1',
  status: 'available',
  createdAt: '2025-01-01T00:00:00.000Z',
  engineVersion: '15.18',
  latestRestorableTime: '2026-03-20T05:56:00.000Z',
  backupRetentionDays: 7,
  backupWindow: '03:00-03:30',
  encrypted: true,
  kmsKeyId: key,
  publiclyAccessible: false,
  deletionProtection: true,
  multiAz: false,
  allocatedGiB: 100,
  maxAllocatedGiB: 200,
  exportedLogs: ['postgresql'],
  parameterGroup: 'menotime-postgres15',
  rebootPending: false,
};

export const sharing: SharingFact = {
  region: 'us-west-1',
  snapshots: 3,
  asked: 3,
  publicOnes: [],
  shared: [],
};

export const past: Past = {
  slot: '2026-03-19',
  endedAt: '2026-03-19T06:00:10.000Z',
  kind: 'restorable',
  notPassed: [],
  earliestRestorable: '2026-03-12T03:10:00.000Z',
  history: Array.from({ length: 14 }, (_, index) => ({
    night: `2026-03-${String(index + 6).padStart(2, '0')}`,
    snapshotBytes: 1_000_000_000 + index * 1_000_000,
    exportBytes: 400_000_000 + index * 500_000,
  })),
  lags: [{ at: '2026-03-19T06:00:00.000Z', seconds: 250 }],
  sharedSnapshots: [],
  undrilledSince: null,
  restingAt: [],
};

export const facts: Facts = {
  readAt: now.toISOString(),
  instance: { value: instance },
  window: { value: { earliest: '2026-03-13T03:10:00.000Z', latest: instance.latestRestorableTime } },
  snapshots: {
    value: {
      automated: days.map((day) => automated(day)),
      newestManual: automated('2026-03-01', { identifier: 'pre-v2' }),
      manualCount: 3,
      failedManual: [],
      ofEarlier: [],
    },
  },
  parameters: null,
  quotas: [
    { value: { region: 'us-west-1', used: 3, most: 100 } },
    { value: { region: 'us-east-1', used: 35, most: 100 } },
  ],
  sharing: [{ value: sharing }, { value: { ...sharing, region: 'us-east-1' } }],
  copies: {
    value: {
      newest: automated('2026-03-20', {
        identifier: 'nightshift-prod-menotime-2026-03-20',
        kmsKeyId: keyThere,
      }),
      count: 35,
      failed: [],
    },
  },
  secondRegion: {},
  exportBytes: { value: 404_000_000 },
  past: { value: past },
  drills: {
    value: {
      lastSuccess: {
        slot: '2026-03-15',
        endedAt: '2026-03-15T07:20:00.000Z',
        report: {
          snapshot: 'rds:menotime-prod-2026-03-15-03-05',
          restoredTo: '2026-03-15T03:05:00.000Z',
          recoverySeconds: 720,
          recoveryTimeMinutes: 60,
        },
      },
      failedSince: null,
    },
  },
};

export const denied = {
  unanswered: { what: 'It', cameBack: 'AccessDenied: no', advice: 'Allow it.' },
} as const;

/** With another instance. */
export function withInstance(change: Partial<InstanceFact>): Facts {
  return { ...facts, instance: { value: { ...instance, ...change } } };
}

/** With these automated snapshots instead. */
export function withAutomated(snapshots: readonly BackupFact[]): Facts {
  if (!('value' in facts.snapshots)) throw new Error('The good facts have snapshots.');
  return { ...facts, snapshots: { value: { ...facts.snapshots.value, automated: snapshots } } };
}

/** With other settings than the good ones. */
export function expecting(settings: object): VerifyRequest {
  return { ...expected, settings: verifySettings(settings) };
}

/** `fail snapshot age`: what each finding is and of what. */
export function inShort(findings: readonly Finding[]): string[] {
  return findings.map(({ status, check }) => `${status} ${check}`);
}
