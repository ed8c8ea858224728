import { arn, type Statement } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { maintainedDatabases, refreshedDatabases } from './job-databases.ts';
import { networkStatements } from './network-access.ts';
import { signInStatements } from './sign-in-access.ts';

type WorkedOn = Parameters<typeof signInStatements>[0][number] & { readonly instance: string };

/** The part of matview-refresh's role that follows from the config. */
export function matviewRefreshPolicy(deployment: Deployment) {
  return databaseWorkPolicy(deployment, 'matview-refresh', refreshedDatabases(deployment.config));
}

/** The same of db-maintenance's. */
export function dbMaintenancePolicy(deployment: Deployment) {
  return databaseWorkPolicy(deployment, 'db-maintenance', maintainedDatabases(deployment.config));
}

/** For a job that works inside of its databases alone: instances, sign-in and network. */
function databaseWorkPolicy(deployment: Deployment, job: string, databases: readonly WorkedOn[]) {
  const instances = [...new Set(databases.map(({ instance }) => instance))];
  const statements: Statement[] = [
    {
      Sid: 'SeeInstances',
      Effect: 'Allow',
      Action: 'rds:DescribeDBInstances',
      Resource: instances.map((instance) => arn('rds', `db:${instance}`)),
    },
    ...signInStatements(databases),
    ...networkStatements(deployment, deployment.names.functionName(job)),
  ];
  return { PolicyName: 'config', PolicyDocument: { Version: '2012-10-17', Statement: statements } };
}
