import type { AwsCall } from '../gateway/service.ts';
import { LOCAL_ACCOUNT } from '../gateway/service.ts';

/** The account that fauxqs puts into every ARN and queue URL, without a setting for it. */
export const FAUXQS_ACCOUNT = '000000000000';

/** Rewrites the account of SNS and SQS ARNs in a text to that of fauxqs. */
export function toFauxqsArns(text: string): string {
  return replaceAccount(text, LOCAL_ACCOUNT, FAUXQS_ACCOUNT);
}

/** Rewrites the account of SNS and SQS ARNs in a text to the stack's. */
export function fromFauxqsArns(text: string): string {
  return replaceAccount(text, FAUXQS_ACCOUNT, LOCAL_ACCOUNT);
}

/** Fields of the SNS API that hold one ARN, and nothing of the caller's own text. */
const SNS_ARN_FIELDS = new Set(['TopicArn', 'SubscriptionArn', 'ResourceArn', 'TargetArn', 'Endpoint']);

/** An SNS request with ARNs of the account of fauxqs; messages stay as they are. */
export function snsRequest({ body }: AwsCall): Buffer {
  const form = [...new URLSearchParams(body.toString('utf8'))].map(([name, value]): [string, string] => [
    name,
    SNS_ARN_FIELDS.has(name) ? toFauxqsArns(value) : value,
  ]);
  return Buffer.from(new URLSearchParams(form).toString());
}

/** An SNS answer with ARNs of the stack's account; none holds a message. */
export function snsAnswer(_call: AwsCall, body: Buffer): Buffer {
  return Buffer.from(fromFauxqsArns(body.toString('utf8')));
}

function replaceAccount(text: string, from: string, to: string): string {
  const arn = new RegExp(`(arn:aws:(?:sns|sqs):[a-z0-9-]+:)${from}(?=:)`, 'g');
  return text.replace(arn, (_, start: string) => start + to);
}
