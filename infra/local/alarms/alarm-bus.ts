import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { alarmRuleResources } from '../../aws/alarm-rules.ts';
import type { Deployment } from '../../aws/deployment.ts';
import { queueUrl } from '../aws/queue-url.ts';
import type { Deliver } from '../events/bus.ts';
import type { Rule } from '../events/rules.ts';

/** The template's rules that bring alarms to their queue; a rule of the local bus names what it delivers to. */
export function alarmQueueRules(deployment: Deployment): Rule[] {
  return Object.values(alarmRuleResources(deployment)).map(({ Properties }) => ({
    functionName: deployment.names.alarmQueue,
    pattern: Properties.EventPattern,
  }));
}

interface Place {
  readonly deployment: Deployment;
  /** Of the stack, which is known once it has started. */
  endpoint(): string;
}

/** Puts what is for the queue of alarms there, as it is, as EventBridge does; hands the rest on. */
export function deliverToAlarmQueue({ deployment, endpoint }: Place, otherwise: Deliver): Deliver {
  const { names, config } = deployment;
  return async (functionName, event) => {
    if (functionName !== names.alarmQueue) return otherwise(functionName, event);
    const sqs = new SQSClient({
      region: config.region,
      endpoint: endpoint(),
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    try {
      const QueueUrl = queueUrl(endpoint(), names.alarmQueue);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
    } finally {
      sqs.destroy();
    }
  };
}
