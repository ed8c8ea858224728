import type { RestorePlan } from './plan.ts';

export interface CutOver {
  readonly cutOver: readonly string[];
  readonly goBack: readonly string[];
}

/** What a person does with a restored instance that stays, and how to take it back. `address` is `host:port`. */
export function describeCutOver(
  source: string,
  { restore, safety }: RestorePlan,
  address: string | null,
  region: string,
): CutOver {
  const restored = restore.target;
  const rename = (from: string, to: string) =>
    `aws rds modify-db-instance --region ${region} --apply-immediately --db-instance-identifier ${from} --new-db-instance-identifier ${to}`;
  return {
    cutOver: [
      'Stop whatever writes to the old database, so that nothing is written that would be lost.',
      `Either point the application at ${address ?? 'the new address'}, or give the new instance the old name, which keeps the address that everybody knows:`,
      rename(source, `${source}-old`),
      rename(restored, source),
      'Compare what RDS does not restore: storage autoscaling, Performance Insights, enhanced monitoring, read replicas, alarms by instance, Multi-AZ.',
      `Passwords are those of ${restore.restoredTo}: where one was changed since, change it again.`,
    ],
    goBack: [
      `Until you delete it, ${source} is as it was: nothing was restored over it.`,
      rename(source, restored),
      rename(`${source}-old`, source),
      safety
        ? `Should it be gone or spoilt, its last state is in the snapshot ${safety.target}: nightshift restore ${safety.target}`
        : `Without a safety snapshot, take one of ${source} before you change it.`,
    ],
  };
}
