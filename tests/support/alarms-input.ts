import type { NightshiftConfigInput } from '../../shared/config/schema.ts';

type AlarmsInput = NonNullable<NightshiftConfigInput['stages'][string]['alarms']>;

/** One sink of each kind, and a route that needs two of them; tests vary it by spread. */
export const alarmsInput: AlarmsInput = {
  sinks: {
    chat: { kind: 'slack', secret: 'alarms/chat' },
    bot: { kind: 'slack-bot', secret: 'ssm:/alarms/bot', channel: 'C0123456789' },
    teams: { kind: 'teams', secret: 'alarms/teams' },
    'on-call': { kind: 'pagerduty', secret: 'alarms/on-call' },
    hook: { kind: 'webhook', secret: 'alarms/hook' },
    topic: { kind: 'sns', topicArn: 'arn:aws:sns:us-west-1:111122223333:operations' },
    mail: { kind: 'email', address: 'database-on-call@menotime.example' },
  },
  routes: [{ severities: ['critical'], to: ['on-call', 'chat'] }, { to: ['chat'] }],
  fallback: 'mail',
};
