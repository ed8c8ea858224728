/** In these an instance can be connected to; all that are neither these nor a bad end pass by themselves. */
const usable: readonly string[] = ['available', 'storage-optimization', 'storage-initialization'];

export function isUsable(status: string): boolean {
  return usable.includes(status);
}

const seeEvents = 'See the events of the instance in RDS for the reason.';

/** The states that a restored instance does not leave by itself, with what to do. The SDK's waiter knows few of them. */
const badEnds: Readonly<Record<string, string>> = {
  deleting: 'Somebody deletes it: a person, or the reaper because it had expired.',
  'delete-precheck': 'Somebody deletes it.',
  failed: `RDS cannot recover it. ${seeEvents}`,
  'restore-error': `RDS could not restore what was asked for. ${seeEvents} Try another snapshot, or another time: if that fails too, the backups are in danger.`,
  'insufficient-capacity':
    'AWS has no instance of this class to give there now. Start again later, or choose another "instanceClass" in the config.',
  'storage-full':
    'The source’s storage was full as well when its backup was made. Raise its allocated storage; what is restored takes the size of its backup.',
  stopped: 'Somebody stopped it.',
  stopping: 'Somebody stopped it.',
  upgrade_failed: `An upgrade of it failed. ${seeEvents}`,
};

const badBeginnings: Readonly<Record<string, string>> = {
  'inaccessible-encryption-credentials':
    'RDS cannot use the KMS key of the backup. See whether the key is enabled, and whether its policy still lets RDS in: without the key, no backup that it encrypts can be restored.',
  'incompatible-network':
    'The subnet group has no free address or no subnet in a zone that RDS can use, or a security group is of another VPC. Name others under "restoreDrill.instance" in the config.',
  'incompatible-parameters':
    'A parameter of the parameter group asks for more than the instance class has, such as memory. Choose a larger "instanceClass", or another "parameterGroup".',
  'incompatible-option-group': 'The option group cannot be used there. See the events of the instance.',
  'incompatible-': `RDS cannot finish the restore as it was asked for. ${seeEvents}`,
};

/** What to do about a state that never becomes `available`; undefined where waiting may help. */
export function adviceOnBadEnd(status: string): string | undefined {
  if (Object.hasOwn(badEnds, status)) return badEnds[status];
  return Object.entries(badBeginnings).find(([beginning]) => status.startsWith(beginning))?.[1];
}
