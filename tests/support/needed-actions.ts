import { join } from 'node:path';
import { assemble } from '../../infra/build/assemble.ts';
import { awsImports } from '../../infra/build/aws-imports.ts';

/** The action of a call where it is not named like the call. */
const actionOf: Record<string, string> = {
  's3:HeadObject': 's3:GetObject',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:DeleteObjects': 's3:DeleteObject',
  'lambda:Invoke': 'lambda:InvokeFunction',
  // The calls of lib-dynamodb, which names them more briefly.
  'dynamodb:Get': 'dynamodb:GetItem',
  'dynamodb:Put': 'dynamodb:PutItem',
  'dynamodb:Update': 'dynamodb:UpdateItem',
};

/** What is called by way of a package that is loaded on first use: by the durable SDK, and by what is no command. */
const lazyActions: Record<string, readonly string[]> = {
  '@aws-sdk/client-lambda': ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
  '@aws-sdk/client-secrets-manager': [],
  '@aws-sdk/rds-signer': ['rds-db:connect'],
};

/** What a job's calls need, by the names that its bundle imports from the AWS SDK; `root` is a copy of the project. */
export async function neededActions(root: string, job: string): Promise<string[]> {
  const { jobs } = await assemble({
    stage: 'prod',
    configFile: join(root, 'nightshift.config.ts'),
    outDir: join(root, 'assembled', job),
    jobs: [job],
    projectRoot: root,
  });
  const imports = await Promise.all(jobs.map(({ metafile }) => awsImports(metafile, root)));
  return imports.flat().flatMap(({ from, names, lazy }) => {
    const service = from.replace(/^@aws-sdk\/(client|lib)-/, '').replace('-', '');
    const actions = names
      .flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? /^paginate(\w+)$/.exec(name)?.[1] ?? [])
      .map((call) => actionOf[`${service}:${call}`] ?? `${service}:${call}`);
    return lazy
      ? [...actions, ...(lazyActions[from] ?? [`${from} is loaded lazily: list its calls`])]
      : actions;
  });
}
