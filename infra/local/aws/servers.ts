import { relayService } from '../gateway/relay.ts';
import type { LocalService, StreamedService } from '../gateway/service.ts';
import { snsAnswer, snsRequest } from './account.ts';
import { localDynamo } from './dynalite.ts';
import { startLocalFauxqs } from './fauxqs.ts';
import { sqsAnswer, sqsRequest } from './queue-url.ts';
import { s3Service } from './s3-service.ts';

/** S3, SNS and SQS by fauxqs and DynamoDB by dynalite, each in a server of its own behind the gateway. */
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
  const port = async (): Promise<number> => fauxqs.port;
  return {
    s3: s3Service(fauxqs.port),
    sns: relayService({ name: 'sns', port, outbound: snsRequest, inbound: snsAnswer }),
    sqs: relayService({ name: 'sqs', port, outbound: sqsRequest, inbound: sqsAnswer }),
    dynamo: relayService({ name: 'dynamodb', port: (region) => dynamo.port(region) }),
    createBucket: (name) => fauxqs.createBucket(name),
    stop: async () => {
      await Promise.all([fauxqs.stop(), dynamo.stop()]);
    },
  };
}
