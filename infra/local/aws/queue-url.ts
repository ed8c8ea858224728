import type { AwsCall } from '../gateway/service.ts';
import { LOCAL_ACCOUNT } from '../gateway/service.ts';
import { FAUXQS_ACCOUNT, fromFauxqsArns, toFauxqsArns } from './account.ts';

/**
 * fauxqs names its queues `http://sqs.<region>.localhost:<port>/<account>/<name>`, a host that many machines cannot
 * resolve and that the SDK would call instead of the gateway. Towards clients a queue's URL is
 * `<gateway>/<account>/<name>`; the region is that of the call, as everywhere.
 */
const QUEUE_URL = /http:\/\/sqs\.[a-z0-9-]+\.localhost(:\d+)?\/000000000000\//g;

/** A queue's URL as clients of the gateway are told it. */
export const queueUrl = (endpoint: string, queue: string) => `${endpoint}/${LOCAL_ACCOUNT}/${queue}`;

/** Actions whose answers hold URLs or ARNs and no message: a client checks the MD5 of what it receives. */
const TELL_OF_QUEUES = new Set(['CreateQueue', 'GetQueueUrl', 'ListQueues', 'GetQueueAttributes']);

/** Actions whose requests hold ARNs (of a redrive policy) and no message. */
const SET_ATTRIBUTES = new Set(['CreateQueue', 'SetQueueAttributes']);

/** An SQS request as fauxqs wants it. */
export function sqsRequest({ action, region, body }: AwsCall): Buffer {
  const text = body.toString('utf8');
  const request = JSON.parse(SET_ATTRIBUTES.has(action) ? toFauxqsArns(text) : text) as { QueueUrl?: string };
  if (request.QueueUrl !== undefined) {
    const name = request.QueueUrl.split('/').at(-1);
    request.QueueUrl = `http://sqs.${region}.localhost/${FAUXQS_ACCOUNT}/${name}`;
  }
  return Buffer.from(JSON.stringify(request));
}

/** An SQS answer as the stack's clients want it. */
export function sqsAnswer({ action, headers }: AwsCall, body: Buffer): Buffer {
  if (!TELL_OF_QUEUES.has(action)) return body;
  const local = `http://${headers.host ?? '127.0.0.1'}/${LOCAL_ACCOUNT}/`;
  return Buffer.from(fromFauxqsArns(body.toString('utf8').replace(QUEUE_URL, local)));
}
