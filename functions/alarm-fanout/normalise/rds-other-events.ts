import type { Meaning, Told } from './rds-meaning.ts';

/** Events of snapshots, of Multi-AZ clusters and of proxies. */

const mishap = (condition: string): Told => ({ condition, severity: 'warning' });

const exportFailed = mishap('export-failed');
const exportCancelled = mishap('export-cancelled');
const copyCancelled = mishap('copy-cancelled');
const routine = 'it is part of what RDS does every day';

export const otherEvents: readonly Meaning[] = [
  { id: 'RDS-EVENT-0159', says: 'The snapshot export task failed', happened: exportFailed },
  { id: 'RDS-EVENT-0162', says: '', happened: exportFailed },
  { id: 'RDS-EVENT-0484', says: '', happened: exportFailed },
  { id: 'RDS-EVENT-0160', says: 'The snapshot export task was canceled', happened: exportCancelled },
  { id: 'RDS-EVENT-0163', says: '', happened: exportCancelled },
  { id: 'RDS-EVENT-0061', says: 'Canceled snapshot copy request', happened: copyCancelled },
  { id: 'RDS-EVENT-0190', says: '', happened: copyCancelled },
  { id: 'RDS-EVENT-0040', says: 'Creating manual snapshot', ignored: routine },
  { id: 'RDS-EVENT-0042', says: 'Manual snapshot created', ignored: routine },
  { id: 'RDS-EVENT-0090', says: 'Creating automated snapshot', ignored: routine },
  { id: 'RDS-EVENT-0091', says: 'Automated snapshot created', ignored: routine },
  {
    id: 'RDS-EVENT-0041',
    says: 'Deleted user snapshot',
    ignored: 'Nightshift deletes those that it has outlived each night',
  },
  {
    id: 'RDS-EVENT-0069',
    says: 'Cluster failover failed',
    happened: { condition: 'failover-failed', severity: 'critical' },
  },
  {
    id: 'RDS-EVENT-0243',
    says: 'RDS failed to provision capacity for proxy',
    happened: mishap('proxy-capacity'),
  },
  { id: 'RDS-EVENT-0275', says: 'RDS throttled some connections', happened: mishap('proxy-throttled') },
];
