import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import type { AwsReply, LocalService } from '../gateway/service.ts';

/** A topic or queue to stand there from the start. */
export interface RegionalResource {
  readonly name: string;
  readonly region: string;
}

/** Creates a topic; its ARN is `arn:aws:sns:<region>:<local account>:<name>`. */
export async function createTopic(sns: LocalService, { name, region }: RegionalResource): Promise<void> {
  const body = new URLSearchParams({ Action: 'CreateTopic', Version: '2010-03-31', Name: name }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  await call(sns, { region, action: 'CreateTopic', headers, body });
}

export async function createQueue(sqs: LocalService, { name, region }: RegionalResource): Promise<void> {
  const headers = jsonTarget('AmazonSQS.CreateQueue');
  await call(sqs, { region, action: 'CreateQueue', headers, body: JSON.stringify({ QueueName: name }) });
}

export async function createTable(
  dynamo: LocalService,
  region: string,
  table: CreateTableInput,
): Promise<void> {
  const headers = jsonTarget('DynamoDB_20120810.CreateTable');
  await call(dynamo, { region, action: 'CreateTable', headers, body: JSON.stringify(table) });
}

interface Request {
  readonly region: string;
  readonly action: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Calls a service past the gateway, so that neither its log nor its faults see it; throws unless it answers 200. */
async function call(service: LocalService, { region, action, headers, body }: Request): Promise<AwsReply> {
  const today = new Date().toISOString().replaceAll('-', '').slice(0, 8);
  const scope = `local/${today}/${region}/${service.name}/aws4_request`;
  const reply = await service.handle({
    service: service.name,
    region,
    action,
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: {
      ...headers,
      'x-amz-date': `${today}T000000Z`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    },
    body: Buffer.from(body),
    receivedAt: new Date(),
  });
  if (reply.status === 200) return reply;
  const answer = Buffer.from(reply.body).toString('utf8');
  throw new Error(
    `${action} at the local ${service.name} in ${region} with ${body} answered ${reply.status}: ${answer}`,
  );
}

function jsonTarget(target: string): Record<string, string> {
  return { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
}
