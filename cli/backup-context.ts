import { interpretEvent, parseEvent } from '../functions/snapshot-export/event.ts';
import { type PruningContext, prepareClients } from '../functions/snapshot-export/job.ts';
import { dynamoClient, lambdaClient, s3Client, snsClient } from '../shared/aws/clients.ts';
import { resourceNames } from '../shared/config/names.ts';
import type { Target } from './target.ts';

export type BackupContext = PruningContext;

/** What the job's own reading and pruning need, outside of a run. */
export function backupContext({ stage, config }: Target, database: string): BackupContext {
  const { region } = config;
  const startedAt = new Date();
  const names = resourceNames(stage, config);
  const aws = {
    s3: s3Client(region),
    dynamo: dynamoClient(region),
    lambda: lambdaClient(region),
    sns: snsClient(region),
  };
  return {
    stage,
    config,
    names,
    aws,
    startedAt,
    request: interpretEvent(parseEvent({ database }), config, startedAt),
    extra: prepareClients({ stage, config, names, aws, environment: process.env }),
  };
}
