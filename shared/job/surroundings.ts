import { dynamoClient, lambdaClient, s3Client, snsClient } from '../aws/clients.ts';
import { loadDeployed } from '../config/load.ts';
import { resourceNames } from '../config/names.ts';
import type { Surroundings } from './job.ts';

/** What every job has at hand, from the stage that lies beside its bundle. Throws ConfigError. */
export async function readSurroundings(environment: NodeJS.ProcessEnv): Promise<Surroundings> {
  const deployed = await loadDeployed(environment);
  const { region } = deployed.config;
  return {
    ...deployed,
    names: resourceNames(deployed.stage, deployed.config),
    aws: {
      s3: s3Client(region),
      dynamo: dynamoClient(region),
      lambda: lambdaClient(region),
      sns: snsClient(region),
    },
    environment,
  };
}
