import { relayService } from '../gateway/relay.ts';
import type { LocalService, StreamedService } from '../gateway/service.ts';
import { snsAnswer, snsRequest } from './account.ts';
import { localDynamo } from './dynalite.ts';
import { startLocalFauxqs } from './fauxqs.ts';
import { sqsAnswer, sqsRequest } from './queue-url.ts';
import { s3Service } from './s3-service.ts';

/** S3, SNS and SQS by fauxqs and DynamoDB by dynalite, behind the gateway. */
export interface AwsServers {
  readonly s3: StreamedService;
  readonly sns: LocalService;
  readonly sqs: LocalService;
  readonly dynamo: LocalService;
  createBucket(name: string): void;
  stop(): Promise<void>;
}

export async function startAwsServers(s3Folder: string): Promise<AwsServers> {
  const fauxqs = await startLocalFauxqs(s3Folder);
  const dynamo = localDynamo();
  const { answer } = fauxqs;
  return {
    s3: s3Service(fauxqs.port),
    sns: relayService({ name: 'sns', answer, outbound: snsRequest, inbound: snsAnswer }),
    sqs: relayService({ name: 'sqs', answer, outbound: sqsRequest, inbound: sqsAnswer }),
    dynamo: { name: 'dynamodb', handle: (call) => dynamo.answer(call) },
    createBucket: (name) => fauxqs.createBucket(name),
    stop: () => fauxqs.stop(),
  };
}
