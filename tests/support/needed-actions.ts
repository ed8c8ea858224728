import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsImports } from '../../infra/build/aws-imports.ts';
import { bundle } from '../../infra/build/bundle.ts';
import { handlerOf } from '../../infra/build/jobs.ts';

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

/** What a job's calls need, by the names that its bundle imports from the AWS SDK. */
export async function neededActions(job: string): Promise<string[]> {
  const projectRoot = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bundle-'));
  const outFile = join(folder, `${job}.mjs`);
  const metafile = await bundle({ projectRoot, entry: handlerOf(projectRoot, job), outFile });
  await rm(folder, { recursive: true });
  const imports = await awsImports(metafile);
  return imports.flatMap(({ from, names, lazy }) => {
    const service = from.replace(/^@aws-sdk\/(client|lib)-/, '').replace('-', '');
    const actions = names
      .flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? /^paginate(\w+)$/.exec(name)?.[1] ?? [])
      .map((call) => actionOf[`${service}:${call}`] ?? `${service}:${call}`);
    return lazy
      ? [...actions, ...(lazyActions[from] ?? [`${from} is loaded lazily: list its calls`])]
      : actions;
  });
}
