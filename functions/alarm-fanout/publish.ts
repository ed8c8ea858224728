import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Page } from '../../shared/alarm/page.ts';

/** SNS refuses control characters in an attribute, and an empty one. */
function attributeText(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ');
  return plain.slice(0, 255).toWellFormed().trim() || '-';
}

/** Publishes a page; subscribers choose by its attributes, and each sink's queue by the names in `sinks`. */
export async function publishPage(sns: SNSClient, topicArn: string, page: Page): Promise<void> {
  const first = page.alerts[0];
  const attributes = {
    kind: page.kind,
    severity: page.severity,
    database: page.database ?? '-',
    alarm: page.alerts.length === 1 && first ? first.name : '-',
    state: first?.state ?? '-',
  };
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Message: JSON.stringify(page),
      MessageAttributes: {
        ...Object.fromEntries(
          Object.entries(attributes).map(([key, value]) => [
            key,
            { DataType: 'String', StringValue: attributeText(value) },
          ]),
        ),
        sinks: { DataType: 'String.Array', StringValue: JSON.stringify(page.sinks) },
      },
    }),
  );
}
