import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts, InstanceFact } from './facts.ts';
import { isBroken, isResting, lacksKey } from './instance-state.ts';
import { sameKey } from './same-key.ts';
import { fail, pass, warn } from './say.ts';

/** What the instance says of its backups: how long they are kept, when they are made, under which key they lie. */
export function checkInstance(facts: Facts, expected: Expected): Finding[] {
  if (!isAnswered(facts.instance)) return [];
  const instance = facts.instance.value;
  if (!instance) {
    return [
      fail('instance', `RDS knows no instance ${expected.instance} in ${expected.region}.`, {
        advice:
          'If it was deleted by accident, restore it now: `nightshift restore latest`. Otherwise mend "instance" and "region" in the config.',
      }),
    ];
  }
  return [
    checkState(instance),
    checkRetention(instance, expected),
    ...checkWindow(instance, expected),
    ...checkEncryption(instance, expected),
  ];
}

function checkState(instance: InstanceFact): Finding {
  const check = 'instance';
  const { identifier, status, kmsKeyId } = instance;
  const fact = `The instance is in the state ${status}.`;
  if (lacksKey(instance)) {
    const advice = `RDS cannot use its key, and no backup under that key can be restored: see whether it is disabled or about to be deleted (\`aws kms describe-key --key-id ${kmsKeyId ?? 'KEY'}\`), and take that back at once.`;
    return fail(check, fact, { advice });
  }
  if (isBroken(instance)) {
    const advice = `RDS makes no backup of it as it is: see its events (\`aws rds describe-events --source-type db-instance --source-identifier ${identifier} --duration 4320\`).`;
    return fail(check, fact, { advice });
  }
  if (isResting(instance)) {
    const advice = `Nothing is written, and nothing is backed up, until it is started: \`aws rds start-db-instance --db-instance-identifier ${identifier}\`. RDS starts it by itself after seven days.`;
    return warn(check, fact, { advice });
  }
  return pass(check, fact);
}

function checkRetention(
  { backupRetentionDays: days }: InstanceFact,
  { instance, settings }: Expected,
): Finding {
  const check = 'retention';
  const promised = settings.posture.backupRetentionDays;
  const limit = `${promised} days`;
  const modify = (wanted: number) =>
    `aws rds modify-db-instance --db-instance-identifier ${instance} --backup-retention-period ${wanted} --apply-immediately`;
  if (days === 0) {
    return fail(
      check,
      `AUTOMATED BACKUPS OF ${instance} ARE SWITCHED OFF: the retention is 0 days. RDS makes no snapshots, and no point in time can be restored.`,
      { limit, advice: `Switch them on now: \`${modify(Math.max(1, promised))}\`` },
    );
  }
  const fact = `Automated backups are kept for ${days} ${days === 1 ? 'day' : 'days'}.`;
  if (days < promised) return fail(check, fact, { limit, advice: `\`${modify(promised)}\`` });
  if (days > promised) {
    const advice = `Somebody has raised it: say so in "posture.backupRetentionDays", or take it back: \`${modify(promised)}\``;
    return warn(check, fact, { limit, advice });
  }
  return pass(check, fact, { limit });
}

function checkWindow({ backupWindow }: InstanceFact, { instance, settings }: Expected): Finding[] {
  const wanted = settings.posture.backupWindow;
  if (wanted === undefined) return [];
  const check = 'backup window';
  const fact = `Automated backups are made ${backupWindow ?? 'at no time that RDS tells'} UTC.`;
  if (backupWindow === wanted) return [pass(check, fact, { limit: wanted })];
  const advice = `\`aws rds modify-db-instance --db-instance-identifier ${instance} --preferred-backup-window ${wanted} --apply-immediately\`, or say the new window in "posture.backupWindow" and mind the schedules that follow it.`;
  return [warn(check, fact, { limit: wanted, advice })];
}

function checkEncryption({ encrypted, kmsKeyId }: InstanceFact, { settings }: Expected): Finding[] {
  const check = 'encryption';
  const { encrypted: wanted, kmsKeyId: wantedKey } = settings.posture;
  const fact = encrypted
    ? `Encrypted under ${kmsKeyId ?? 'a key that RDS does not tell'}.`
    : 'Not encrypted.';
  if (!encrypted && !wanted) return [pass(check, fact)];
  if (!encrypted) {
    const advice =
      'An instance cannot be encrypted where it stands: copy a snapshot under a key, restore that, and cut over.';
    return [fail(check, fact, { limit: 'encrypted', advice })];
  }
  if (wantedKey === undefined || sameKey(kmsKeyId, wantedKey)) {
    return [pass(check, fact, { limit: wantedKey ?? 'encrypted' })];
  }
  const advice =
    'Its backups lie under this key as well: see who may use and delete it. If it is meant, name it in "posture.kmsKeyId".';
  return [fail(check, fact, { limit: wantedKey, advice })];
}
