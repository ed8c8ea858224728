import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

/** What a run tells people: a subject of one line, and a text. */
export interface Message {
  readonly subject: string;
  readonly text: string;
}

/** SNS takes subjects of fewer than 100 characters, printable ASCII only. */
function asSubject(subject: string): string {
  const plain = subject.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return plain.length < 100 ? plain : `${plain.slice(0, 96)}...`;
}

/** Sends a run's message to the alert topic; `attributes` let subscribers filter. */
export async function publishMessage(
  sns: SNSClient,
  topicArn: string,
  message: Message,
  attributes: Record<string, string>,
): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: asSubject(message.subject),
      Message: message.text,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, { DataType: 'String', StringValue: value }]),
      ),
    }),
  );
}
