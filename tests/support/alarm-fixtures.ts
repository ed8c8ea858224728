import type { Alert } from '../../shared/alarm/alert.ts';
import { alarms } from '../../shared/config/alarms.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';

/** A warning about the clinic's processor, on since ten. */
export const alert: Alert = {
  key: 'arn:aws:cloudwatch:us-west-1:111122223333:alarm:nightshift-prod-menotime-cpu',
  name: 'nightshift-prod-menotime-cpu',
  source: 'cloudwatch',
  state: 'ALARM',
  at: '2026-11-21T10:00:00.000Z',
  account: '111122223333',
  region: 'us-west-1',
  database: 'menotime',
  instance: 'menotime-prod',
  severity: 'warning',
  momentary: false,
  summary: 'CPUUtilization of menotime-prod is 91.2 %, over 75 %',
  description: null,
  reason: null,
  metric: null,
  runbook: 'docs/runbooks/database-alarms.md',
  children: [],
  quiet: null,
};

export const recovery: Alert = { ...alert, state: 'OK', at: '2026-11-21T10:20:00.000Z' };

/** Another alarm of the same database, told apart by its name. */
export function alarmNamed(name: string, more: Partial<Alert> = {}): Alert {
  return { ...alert, key: `arn:aws:cloudwatch:us-west-1:111122223333:alarm:${name}`, name, ...more };
}

/** Parsed, with the defaults: critical ones to a pager and a chat, the rest to the chat alone. */
export function alarmsConfig(more: Record<string, unknown> = {}): AlarmsConfig {
  return alarms.parse({
    sinks: {
      chat: { kind: 'slack', secret: 'nightshift/chat' },
      pager: { kind: 'pagerduty', secret: 'nightshift/pager' },
    },
    routes: [{ severities: ['critical'], to: ['pager'], andOn: true }, { to: ['chat'] }],
    ...more,
  });
}
