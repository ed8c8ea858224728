import type { Severity } from '../../../shared/alarm/severity.ts';
import type { Meaning, Told } from './rds-meaning.ts';

/** Events of instances, as RDS documents them. What else there is, is told by its category. */

const lasting = (condition: string, severity: Severity): Told => ({ condition, severity });

const notRunning = lasting('not-running', 'critical');
const failed = lasting('failed', 'critical');
const keyInaccessible = lasting('key-inaccessible', 'critical');
const failingOver = lasting('failing-over', 'warning');
const notReplicating = lasting('not-replicating', 'warning');
const notBackedUp = lasting('not-backed-up', 'critical');
const standbyLost = lasting('standby-lost', 'warning');
const running = [notRunning, failed];

const retries = 'RDS tries again by itself';
const routine = 'it is part of what RDS does every day';
const followed = 'another event says how it ended';

/** With what somebody intended, or RDS announced, the database is as unreachable: only what is planned is a warning. */
const planned = { ...notRunning, severity: 'warning' } as const;

export const instanceEvents: readonly Meaning[] = [
  { id: 'RDS-EVENT-0004', says: 'DB instance shutdown', begins: notRunning },
  { id: 'RDS-EVENT-0087', says: 'DB instance stopped', begins: notRunning },
  { id: 'RDS-EVENT-0221', says: 'DB instance has reached the storage-full threshold', begins: notRunning },
  { id: 'RDS-EVENT-0020', says: 'Recovery of the DB instance has started', begins: notRunning },
  { id: 'RDS-EVENT-0026', says: 'Applying off-line patches to DB instance', begins: planned },
  { id: 'RDS-EVENT-0266', says: 'The downtime started for the DB instance', begins: planned },
  { id: 'RDS-EVENT-0006', says: 'DB instance restarted', ends: running },
  { id: 'RDS-EVENT-0088', says: 'DB instance started', ends: running },
  { id: 'RDS-EVENT-0021', says: 'Recovery of the DB instance is complete', ends: running },
  { id: 'RDS-EVENT-0051', says: 'Multi-AZ instance activation completed', ends: [notRunning, failingOver] },
  { id: 'RDS-EVENT-0027', says: 'Finished applying off-line patches', ends: [notRunning] },
  { id: 'RDS-EVENT-0268', says: 'The engine version upgrade finished', ends: [notRunning] },
  {
    id: 'RDS-EVENT-0270',
    says: 'The DB engine version upgrade failed',
    happened: { condition: 'upgrade-failed', severity: 'warning' },
    ends: [notRunning],
  },

  // What frees or adds space says so in no event that would end this: FreeStorageSpace has an alarm that does.
  {
    id: 'RDS-EVENT-0007',
    says: 'Allocated storage has been exhausted',
    happened: { condition: 'storage-full', severity: 'critical' },
  },
  {
    id: 'RDS-EVENT-0089',
    says: 'The free storage capacity for DB instance',
    happened: storage('storage-low'),
  },
  { id: 'RDS-EVENT-0222', says: 'Free storage capacity for DB instance', happened: storage('storage-low') },
  { id: 'RDS-EVENT-0330', says: '', happened: { condition: 'log-volume-low', severity: 'critical' } },
  { id: 'RDS-EVENT-0331', says: '', happened: storage('log-volume-low') },
  {
    id: 'RDS-EVENT-0223',
    says: 'Storage autoscaling is unable to scale',
    happened: storage('storage-cannot-grow'),
  },
  {
    id: 'RDS-EVENT-0224',
    says: 'Storage autoscaling has triggered',
    happened: storage('storage-limit-near'),
  },
  { id: 'RDS-EVENT-0225', says: 'Allocated storage size', happened: storage('storage-limit-near') },
  { id: 'RDS-EVENT-0254', says: 'Underlying storage quota', happened: storage('storage-cannot-grow') },
  { id: 'RDS-EVENT-0189', says: 'The gp2 burst balance credits', happened: storage('burst-credits-low') },
  { id: 'RDS-EVENT-0219', says: 'DB instance is in an invalid state', ignored: retries },
  { id: 'RDS-EVENT-0220', says: 'DB instance is in the cooling-off period', ignored: retries },
  { id: 'RDS-EVENT-0237', says: 'DB instance has a storage type', ignored: retries },

  { id: 'RDS-EVENT-0031', says: 'DB instance put into', begins: failed },
  { id: 'RDS-EVENT-0035', says: 'Database instance put into', begins: failed },
  { id: 'RDS-EVENT-0036', says: 'Database instance in', begins: failed },
  { id: 'RDS-EVENT-0315', says: 'Unable to move incompatible-network database', begins: failed },
  {
    id: 'RDS-EVENT-0418',
    says: 'Amazon RDS is unable to access the KMS encryption key',
    begins: keyInaccessible,
  },
  { id: 'RDS-EVENT-0419', says: 'Amazon RDS has been unable to access the KMS', begins: keyInaccessible },
  { id: 'RDS-EVENT-0420', says: 'Amazon RDS can now successfully access the KMS', ends: [keyInaccessible] },
  {
    id: 'RDS-EVENT-0003',
    says: 'DB instance deleted',
    happened: { condition: 'deleted', severity: 'critical' },
    // None of these will be heard of again.
    ends: [notRunning, failed, keyInaccessible, failingOver, notReplicating, notBackedUp, standbyLost],
  },

  { id: 'RDS-EVENT-0013', says: 'Multi-AZ instance failover started', begins: failingOver },
  { id: 'RDS-EVENT-0015', says: 'Multi-AZ failover to standby complete', ends: [failingOver] },
  { id: 'RDS-EVENT-0049', says: 'Multi-AZ instance failover completed', ends: [failingOver] },
  { id: 'RDS-EVENT-0065', says: 'Recovered from partial failover', ends: [failingOver] },
  {
    id: 'RDS-EVENT-0034',
    says: 'Abandoning user requested failover',
    happened: { condition: 'failover-abandoned', severity: 'info' },
  },
  { id: 'RDS-EVENT-0050', says: 'Multi-AZ instance activation started', ignored: followed },
  { id: 'RDS-EVENT-0052', says: 'Multi-AZ instance recovery started', ignored: followed },
  { id: 'RDS-EVENT-0053', says: 'Multi-AZ instance recovery completed', ignored: followed },
  { id: 'RDS-EVENT-0361', says: 'Recovery of standby DB instance has started', begins: standbyLost },
  { id: 'RDS-EVENT-0362', says: 'Recovery of standby DB instance has completed', ends: [standbyLost] },

  { id: 'RDS-EVENT-0045', says: 'Replication has stopped', begins: notReplicating },
  { id: 'RDS-EVENT-0057', says: 'Replication streaming has been terminated', begins: notReplicating },
  {
    id: 'RDS-EVENT-0062',
    says: 'Replication for the Read Replica has been manually',
    begins: notReplicating,
  },
  { id: 'RDS-EVENT-0046', says: 'Replication for the Read Replica resumed', ends: [notReplicating] },
  { id: 'RDS-EVENT-0202', says: 'Read replica creation failed', happened: mishap('creation-failed') },
  { id: 'RDS-EVENT-0278', says: 'The DB instance creation failed', happened: mishap('creation-failed') },

  { id: 'RDS-EVENT-0028', says: 'Disabled automated backups', begins: notBackedUp },
  { id: 'RDS-EVENT-0032', says: 'Enabled automated backups', ends: [notBackedUp] },

  { id: 'RDS-EVENT-0404', says: 'A database workload is causing', happened: mishap('memory-low') },
  { id: 'RDS-EVENT-0044', says: '', happened: mishap('notice') },
  { id: 'RDS-EVENT-0067', says: 'Unable to reset your password', happened: mishap('password-not-reset') },
  {
    id: 'RDS-EVENT-0158',
    says: 'Database instance is in a state that cannot',
    happened: mishap('upgrade-failed'),
  },
  { id: 'RDS-EVENT-0327', says: 'Amazon RDS could not find the secret', happened: mishap('secret-missing') },
  {
    id: 'RDS-EVENT-0425',
    says: "Amazon RDS can't perform the OS upgrade",
    happened: mishap('upgrade-failed'),
  },
  { id: 'RDS-EVENT-0429', says: '', happened: mishap('upgrade-failed') },
  { id: 'RDS-EVENT-0016', says: 'Reset master credentials', happened: notice('credentials-reset') },
  { id: 'RDS-EVENT-0422', says: 'RDS will replace the host', happened: notice('maintenance-announced') },
  { id: 'RDS-EVENT-0501', says: '', happened: notice('maintenance-announced') },
  { id: 'RDS-EVENT-0502', says: '', happened: notice('maintenance-announced') },
  { id: 'RDS-EVENT-0001', says: 'Backing up DB instance', ignored: routine },
  { id: 'RDS-EVENT-0002', says: 'Finished DB instance backup', ignored: routine },
  { id: 'RDS-EVENT-0154', says: 'DB instance is being started', ignored: followed },
];

function storage(condition: string): Told {
  return { condition, severity: 'warning' };
}

function mishap(condition: string): Told {
  return { condition, severity: 'warning' };
}

function notice(condition: string): Told {
  return { condition, severity: 'info' };
}
