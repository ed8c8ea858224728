import { AwsFault } from '../../gateway/service.ts';
import { identifierIn } from '../arn.ts';
import { type RdsContext, stateOf } from '../context.ts';
import type { Instance } from '../state.ts';

/** Throws `DBInstanceNotFound`. */
export function findInstance(rds: RdsContext, region: string, given: string): Instance {
  const { identifier, region: named } = identifierIn(given, 'db', region);
  const instance = named === region ? stateOf(rds, region).instances.get(identifier) : undefined;
  if (!instance) throw new AwsFault('DBInstanceNotFound', `DBInstance ${identifier} not found.`, 404);
  return instance;
}

/** The status that a client sees: one put in place by hand comes first. */
export function shownStatus(rds: RdsContext, instance: Instance): string {
  return rds.faults.instanceStatus(instance.identifier) ?? instance.status;
}

/** Throws `InvalidDBInstanceState` unless the instance can be backed up or changed. */
export function requireAvailable(rds: RdsContext, instance: Instance): void {
  const status = shownStatus(rds, instance);
  if (status === 'available' || status === 'storage-optimization') return;
  throw new AwsFault(
    'InvalidDBInstanceState',
    `DB instance ${instance.identifier} is not in the available state: its status is ${status}.`,
  );
}

/** An instance in whatever region, for those who run the stack. Throws when there is none, or more than one. */
export function findByIdentifier(rds: RdsContext, identifier: string): Instance {
  const found = [...rds.regions.values()].flatMap(
    ({ instances }) => instances.get(identifier.toLowerCase()) ?? [],
  );
  const [instance] = found;
  if (!instance || found.length > 1) {
    throw new Error(`The local RDS has ${found.length} instances ${identifier}, where one was meant.`);
  }
  return instance;
}
