import { alarmRuleResources } from '../infra/aws/alarm-rules.ts';
import type { Deployment } from '../infra/aws/deployment.ts';
import { compilePattern } from '../infra/local/events/pattern.ts';

interface BusEvent {
  readonly account: string;
  readonly source: string;
  readonly 'detail-type': string;
}

/**
 * Why an event as EventBridge has it would never reach the queue of a stage's alarms; null where a rule of the stage
 * lets it in, and for what comes another way: what a topic or an alarm's action sends has its own.
 */
export function whyItStaysOut(event: object, deployment: Deployment): string | null {
  if (!isBusEvent(event)) return null;
  const { account } = deployment.config;
  if (event.account !== account)
    return `it is of the account ${event.account.slice(0, 20)}, and the stage’s is ${account}: only what lies on the event bus of the stage’s own account and region comes in`;
  const rules = Object.values(alarmRuleResources(deployment));
  if (rules.some(({ Properties }) => compilePattern(Properties.EventPattern)(event))) return null;
  return event.source === 'aws.cloudwatch' ? staysOutOfAlarms(deployment) : staysOutOfRds;
}

function isBusEvent(event: object): event is BusEvent {
  const { account, source, 'detail-type': type } = event as Partial<BusEvent>;
  return (
    typeof account === 'string' &&
    typeof type === 'string' &&
    (source === 'aws.cloudwatch' || source === 'aws.rds')
  );
}

function staysOutOfAlarms({ stage, names }: Deployment): string {
  return `no rule of the stage lets it in. Those are let in whose name begins with nightshift-${stage}- or fits "watch" in the config’s "alarms": add it there. What is called ${names.besidePipe}… rings at the alert topic by itself, or is part of another alarm`;
}

const staysOutOfRds =
  'no rule of the stage lets it in. Those are let in that are of an instance of the config or of one of its "replicas", and of snapshots of theirs that failed';
