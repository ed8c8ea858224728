import { UsageError } from './failure.ts';

/** What the command line says of a restore. */
export interface RestoreChoice {
  readonly targetTime?: string;
  readonly instance?: string;
  readonly label?: string;
  readonly dryRun: boolean;
  readonly verifyOnly: boolean;
}

/** What starts the job restore-drill for real; the label is always given, so that the run can be found and gone on with. */
export interface RestoreEvent {
  readonly database: string;
  readonly label: string;
  readonly restore: {
    readonly snapshot?: string;
    readonly targetTime?: string;
    readonly instance?: string;
    readonly verifyOnly?: true;
  };
  readonly dryRun?: true;
}

/** Throws UsageError unless exactly one backup is named, and only what stays has a name. */
export function requireOneBackup(
  snapshot: string | undefined,
  { targetTime, instance, verifyOnly }: RestoreChoice,
): void {
  if (snapshot === undefined && targetTime === undefined) {
    throw new UsageError(
      'Say what to restore: "latest", the name of a snapshot, or --target-time. See what there is: nightshift backup list',
    );
  }
  if (snapshot !== undefined && targetTime !== undefined) {
    throw new UsageError(
      `A snapshot (${JSON.stringify(snapshot)}) and --target-time each say what to restore: choose one of them.`,
    );
  }
  if (verifyOnly && instance !== undefined) {
    throw new UsageError(
      'With --verify-only the restored instance is deleted, and has the name of a drill: leave --instance out.',
    );
  }
}

export function restoreEvent(
  database: string,
  snapshot: string | undefined,
  { targetTime, instance, label, dryRun, verifyOnly }: RestoreChoice,
  now: Date,
): RestoreEvent {
  return {
    database,
    label: label ?? `${verifyOnly ? 'verify' : 'recovery'}-${stampOf(now)}`,
    restore: {
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(targetTime === undefined ? {} : { targetTime }),
      ...(instance === undefined ? {} : { instance }),
      ...(verifyOnly ? { verifyOnly: true } : {}),
    },
    ...(dryRun ? { dryRun: true } : {}),
  };
}

/** `20260102-030405` */
function stampOf(now: Date): string {
  return now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
