import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Page } from './page.ts';

/** Publishes a page; subscribers choose by its attributes, and each sink's queue by the names in `sinks`. */
export async function publishPage(sns: SNSClient, topicArn: string, page: Page): Promise<void> {
  const attributes = Object.entries(pageAttributes(page)).map(([name, value]) => [
    name,
    { DataType: 'String', StringValue: value },
  ]);
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Message: bodyOf(page),
      MessageAttributes: {
        ...Object.fromEntries(attributes),
        sinks: { DataType: 'String.Array', StringValue: JSON.stringify(page.sinks) },
      },
    }),
  );
}

/** As JSON without any character that SQS refuses: SNS would take it, and could not deliver it to a queue. */
function bodyOf(page: Page): string {
  return JSON.stringify(page).replace(/[\ufffe\uffff]/g, (text) => `\\u${text.charCodeAt(0).toString(16)}`);
}

/** What subscribers of any topic of pages choose by; `-` for what a page is not about. */
export function pageAttributes({ kind, severity, database, alerts }: Page): Record<string, string> {
  const [first] = alerts;
  const attributes = {
    kind,
    severity,
    database: database ?? '-',
    alarm: alerts.length === 1 && first ? first.name : '-',
    state: first?.state ?? '-',
  };
  return Object.fromEntries(Object.entries(attributes).map(([name, text]) => [name, attributeText(text)]));
}

/** SNS refuses control characters in an attribute, and an empty one. */
function attributeText(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ');
  return plain.slice(0, 255).toWellFormed().trim() || '-';
}
