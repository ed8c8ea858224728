import { arn, type Statement } from './cloudformation.ts';
import { type Deployment, isPlain } from './deployment.ts';
import { networkStatements } from './network-access.ts';
import { signInStatements } from './sign-in-access.ts';

/** The part of alarm-fanout's role that follows from the config: which jobs may be running, and who asks databases. */
export function alarmFanoutPolicy(deployment: Deployment) {
  const { functionNames, pipeFunctionNames } = deployment;
  const durable = Object.entries(functionNames).filter(([job]) => !isPlain(deployment, job));
  const context = pipeFunctionNames['alarm-context'];
  return policy([
    ...statement(
      'SeeRunningJobs',
      'lambda:GetDurableExecution',
      durable.map(([, name]) => arn('lambda', `function:${name}:*/durable-execution/*/*`)),
    ),
    ...statement(
      'AskDatabases',
      'lambda:InvokeFunction',
      context === undefined ? [] : [arn('lambda', `function:${context}`)],
    ),
  ]);
}

/** The same of alarm-context's: the databases that it asks, and the network that they are in. */
export function alarmContextPolicy(deployment: Deployment) {
  const databases = Object.values(deployment.config.databases);
  const instances = [...new Set(databases.map(({ instance }) => instance))];
  return policy([
    ...statement(
      'SeeInstances',
      'rds:DescribeDBInstances',
      instances.map((instance) => arn('rds', `db:${instance}`)),
    ),
    ...signInStatements(databases),
    ...networkStatements(deployment, deployment.names.functionName('alarm-context')),
  ]);
}

function statement(Sid: string, Action: string, Resource: ReturnType<typeof arn>[]): Statement[] {
  return Resource.length === 0 ? [] : [{ Sid, Effect: 'Allow', Action, Resource }];
}

const policy = (Statement: Statement[]) => ({
  PolicyName: 'config',
  PolicyDocument: { Version: '2012-10-17', Statement },
});
