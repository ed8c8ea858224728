import type { Finding } from '../../shared/verify/finding.ts';
import { valueIn } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts, InstanceFact } from './facts.ts';
import { fail, pass, warn } from './say.ts';

interface Switch {
  readonly check: string;
  readonly wanted: boolean | undefined;
  readonly is: boolean;
  readonly words: readonly [on: string, off: string];
  /** The state in which data can be lost or read: found against the config it is a failure, the other a warning. */
  readonly danger: boolean | null;
  /** Options of `aws rds modify-db-instance`. */
  readonly mend: string;
}

/** How the instance is set up beside how it is meant to be, so that a change is said the morning after. */
export function checkPosture(facts: Facts, expected: Expected): Finding[] {
  const instance = valueIn(facts.instance);
  if (!instance) return [];
  return [
    ...switchesOf(instance, expected).flatMap((one) => judge(one, expected)),
    ...checkLogs(instance, expected),
  ];
}

function switchesOf(instance: InstanceFact, { settings }: Expected): Switch[] {
  const { posture } = settings;
  const autoscaling = instance.maxAllocatedGiB !== null && instance.maxAllocatedGiB > instance.allocatedGiB;
  return [
    {
      check: 'public access',
      wanted: posture.publiclyAccessible,
      is: instance.publiclyAccessible,
      words: ['The instance has a public address.', 'The instance has no public address.'],
      danger: true,
      mend: posture.publiclyAccessible ? '--publicly-accessible' : '--no-publicly-accessible',
    },
    {
      check: 'deletion protection',
      wanted: posture.deletionProtection,
      is: instance.deletionProtection,
      words: [
        'The instance is protected from deletion.',
        'One call deletes the instance: it is not protected.',
      ],
      danger: false,
      mend: posture.deletionProtection ? '--deletion-protection' : '--no-deletion-protection',
    },
    {
      check: 'Multi-AZ',
      wanted: posture.multiAz,
      is: instance.multiAz,
      words: ['There is a standby in another zone.', 'There is no standby in another zone.'],
      danger: null,
      mend: posture.multiAz ? '--multi-az' : '--no-multi-az',
    },
    {
      check: 'storage autoscaling',
      wanted: posture.storageAutoscaling,
      is: autoscaling,
      words: [
        `The storage grows by itself, from ${instance.allocatedGiB} up to ${instance.maxAllocatedGiB} GiB.`,
        `The storage does not grow beyond its ${instance.allocatedGiB} GiB.`,
      ],
      danger: null,
      mend: `--max-allocated-storage ${posture.storageAutoscaling ? instance.allocatedGiB * 2 : instance.allocatedGiB}`,
    },
  ];
}

function judge({ check, wanted, is, words, danger, mend }: Switch, { instance }: Expected): Finding[] {
  if (wanted === undefined) return [];
  const [on, off] = words;
  const fact = is ? on : off;
  const limit = `the config: ${wanted ? 'on' : 'off'}`;
  if (is === wanted) return [pass(check, fact, { limit })];
  const say = is === danger ? fail : warn;
  return [
    say(check, fact, {
      limit,
      advice: `If it is meant, say so in "posture"; otherwise see in CloudTrail who called ModifyDBInstance, and take it back: \`aws rds modify-db-instance --db-instance-identifier ${instance} ${mend} --apply-immediately\``,
    }),
  ];
}

function checkLogs({ exportedLogs }: InstanceFact, { instance, settings }: Expected): Finding[] {
  const wanted = settings.posture.exportedLogs;
  if (wanted === undefined) return [];
  const check = 'exported logs';
  const fact = `To CloudWatch go: ${exportedLogs.toSorted().join(', ') || 'no logs'}.`;
  const limit = wanted.toSorted().join(', ') || 'none';
  const [missing, extra] = [
    wanted.filter((log) => !exportedLogs.includes(log)),
    exportedLogs.filter((log) => !wanted.includes(log)),
  ];
  if (missing.length + extra.length === 0) return [pass(check, fact, { limit })];
  const change = JSON.stringify({ EnableLogTypes: missing, DisableLogTypes: extra });
  const advice = `\`aws rds modify-db-instance --db-instance-identifier ${instance} --cloudwatch-logs-export-configuration '${change}'\``;
  return [warn(check, fact, { limit, advice })];
}
