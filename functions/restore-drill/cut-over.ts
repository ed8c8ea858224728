import type { RestorePlan } from './plan.ts';

export interface CutOver {
  readonly cutOver: readonly string[];
  readonly goBack: readonly string[];
}

export interface Source {
  /** Of the instance whose backup was restored. */
  readonly name: string;
  /** The snapshot of it that was taken before; null where there is none. */
  readonly safety: string | null;
  /** `host:port` of what was restored. */
  readonly address: string;
}

/** What a person does with a restored instance that stays, and how to take it back. */
export function describeCutOver({ restore, sourceIsGone }: RestorePlan, source: Source): CutOver {
  const { target: restored, region } = restore;
  const rename = (from: string, to: string) =>
    `aws rds modify-db-instance --region ${region} --apply-immediately --db-instance-identifier ${from} --new-db-instance-identifier ${to}`;
  const old = `${source.name}-old`;
  const renamed = (to: string) =>
    `A new name takes some minutes, and the old one is taken until then: go on once this answers "available": aws rds describe-db-instances --region ${region} --query "DBInstances[0].DBInstanceStatus" --output text --db-instance-identifier ${to}`;
  return {
    cutOver: [
      ...(sourceIsGone
        ? []
        : ['Stop whatever writes to the old database, so that nothing is written that would be lost.']),
      `Either point the application at ${source.address}, or give the new instance the old name, which keeps the address that everybody knows:`,
      ...(sourceIsGone ? [] : [rename(source.name, old), renamed(old)]),
      rename(restored, source.name),
      'Compare what RDS does not restore: storage autoscaling, Performance Insights, enhanced monitoring, read replicas, alarms by instance, Multi-AZ.',
      `Passwords are those of ${restore.restoredTo}: where one was changed since, change it again.`,
    ],
    goBack: sourceIsGone
      ? [`There is nothing to go back to: ${source.name} was gone before this restore.`]
      : [
          `Until you delete it, ${source.name} is as it was: nothing was restored over it.`,
          rename(source.name, restored),
          renamed(restored),
          rename(old, source.name),
          source.safety === null
            ? `There is no safety snapshot: take one of ${source.name} before you change it.`
            : `Should it be gone or spoilt, its last state is in the snapshot ${source.safety}: nightshift restore ${source.safety}`,
        ],
  };
}
