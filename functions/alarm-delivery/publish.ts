import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Page } from '../../shared/alarm/page.ts';
import { pageAttributes } from '../../shared/alarm/publish-page.ts';
import { errorName } from '../../shared/aws/errors.ts';
import type { TextMessage } from './sinks/sns.ts';
import { delivered, later, refused, type Verdict } from './verdict.ts';

/** What SNS says of a topic that no repetition makes another. */
const lasting = new Set([
  'NotFoundException',
  'NotFound',
  'AuthorizationErrorException',
  'AuthorizationError',
  'AccessDenied',
  'AccessDeniedException',
  'InvalidParameterException',
  'InvalidParameter',
  'InvalidParameterValueException',
  'EndpointDisabledException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSNotFoundException',
]);

/** Publishes a text to a topic of people; whoever subscribes may choose by the page's attributes. */
export async function publishText(
  sns: SNSClient,
  topicArn: string,
  message: TextMessage,
  page: Page,
): Promise<Verdict> {
  const attributes = Object.entries(pageAttributes(page)).map(([name, StringValue]) => [
    name,
    { DataType: 'String', StringValue },
  ]);
  try {
    const { $metadata } = await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: message.subject,
        Message: message.text,
        MessageAttributes: Object.fromEntries(attributes),
      }),
    );
    return delivered({ status: $metadata.httpStatusCode ?? null });
  } catch (error) {
    const name = errorName(error) || 'an unknown error';
    const reason = `SNS answered ${name} for ${topicArn}`;
    return lasting.has(name) ? refused(reason) : later(reason);
  }
}
