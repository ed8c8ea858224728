// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assemble } from '../../infra/build/assemble.ts';
import { awsImports } from '../../infra/build/aws-imports.ts';
import { copyProject, editConfig, type ProjectCopy, packagedTemplate } from '../support/packaging.ts';
import {
  list,
  rendered,
  resource,
  resourcesOfType,
  statement,
  statementsOf,
  type Template,
} from '../support/template.ts';

let project: ProjectCopy;
let template: Template;

beforeAll(async () => {
  project = await copyProject();
  // A second database that signs in by IAM, so that both ways are in the template.
  await editConfig(
    project.root,
    `stages.prod.databases.ledger = {
      ...stages.prod.databases.menotime,
      instance: 'ledger-prod',
      auth: { kind: 'iam', user: 'nightshift' },
    };`,
  );
  template = await packagedTemplate(project.root, 'prod');
});

afterAll(() => project.remove());

const roles = () => resourcesOfType(template, 'AWS::IAM::Role');
const functionRole = () => resource(template, 'SnapshotExportRole');
const archiveRole = () => resource(template, 'AuditArchiveRole');
const allowed = () =>
  roles().flatMap(([role, found]) =>
    statementsOf(found)
      .filter(({ Effect }) => Effect === 'Allow')
      .map((statement) => ({ role, ...statement })),
  );

test('every function has a role of its own, which only Lambda takes', () => {
  const functions = resourcesOfType(template, 'AWS::Lambda::Function');
  const taken = functions.map(([, { Properties }]) => rendered(Properties.Role));
  expect(new Set(taken).size).toBe(functions.length);
  expect(functions.length).toBeGreaterThan(0);
  for (const role of taken) {
    const logicalId = role.slice(2, -'.Arn}'.length);
    const [trust] = resource(template, logicalId).Properties.AssumeRolePolicyDocument.Statement;
    expect([logicalId, trust.Principal]).toEqual([logicalId, { Service: 'lambda.amazonaws.com' }]);
  }
  expect(template.Resources.IamRoleLambdaExecution).toBeUndefined();
});

test('the export’s role is taken by RDS alone, for this account alone', () => {
  const [trust] = resource(template, 'ExportTaskRole').Properties.AssumeRolePolicyDocument.Statement;
  expect(trust.Principal).toEqual({ Service: 'export.rds.amazonaws.com' });
  expect(rendered(trust.Condition.StringEquals['aws:SourceAccount'])).toBe('${AWS::AccountId}');
});

test('no role carries a policy from elsewhere', () => {
  for (const [logicalId, { Properties }] of roles()) {
    expect([logicalId, Properties.ManagedPolicyArns]).toEqual([logicalId, undefined]);
  }
  expect(resourcesOfType(template, 'AWS::IAM::Policy')).toEqual([]);
});

/** Families of actions, which only what AWS itself checks for may be given. */
const actionFamilies: Record<string, string> = {
  'ExportTaskRole s3:PutObject*': 'RDS refuses an export role without exactly this',
  'ExportTaskRole s3:GetObject*': 'RDS refuses an export role without exactly this',
  'ExportTaskRole s3:DeleteObject*': 'RDS refuses an export role without exactly this',
};

test('no action is “*”, and a family of actions has its reason', () => {
  const families = allowed().flatMap(({ role, Action }) =>
    list(Action)
      .filter((action) => action.includes('*'))
      .map((action) => `${role} ${action}`),
  );
  expect(families.sort()).toEqual(Object.keys(actionFamilies).sort());
});

/** Every resource with a star that any role is given, by statement, and why it cannot be narrower. */
const starredResources: Record<string, readonly [reason: string, ...resources: string[]]> = {
  Trace: ['X-Ray has no resources that a policy can name', '*'],
  StartAndFollowExports: ['RDS gives these two actions no type of resource', '*'],
  LambdaAttachesNetwork: ['EC2 has the interface only afterwards; the code itself is denied these', '*'],
  SeeSnapshots: [
    'reading, by instance; the ids of automated snapshots hold the minute that RDS chose',
    'rds:${AWS::Region}:${AWS::AccountId}:snapshot:*',
    'rds:us-east-1:${AWS::AccountId}:snapshot:*',
  ],
  TakeSnapshots: ['a slot each', 'rds:${AWS::Region}:${AWS::AccountId}:snapshot:nightshift-prod-*'],
  TagOwnSnapshots: [
    'a slot each',
    'rds:${AWS::Region}:${AWS::AccountId}:snapshot:nightshift-prod-*',
    'rds:us-east-1:${AWS::AccountId}:snapshot:nightshift-prod-*',
  ],
  PruneOwnSnapshots: [
    'a slot each, and the tag as a condition',
    'rds:${AWS::Region}:${AWS::AccountId}:snapshot:nightshift-prod-*',
    'rds:us-east-1:${AWS::AccountId}:snapshot:nightshift-prod-*',
  ],
  CopySnapshots: [
    'a slot each, and what RDS named',
    'rds:${AWS::Region}:${AWS::AccountId}:snapshot:nightshift-prod-*',
    'rds:${AWS::Region}:${AWS::AccountId}:snapshot:rds:menotime-prod-*',
    'rds:${AWS::Region}:${AWS::AccountId}:snapshot:rds:ledger-prod-*',
    'rds:us-east-1:${AWS::AccountId}:snapshot:nightshift-prod-*',
  ],
  InstanceKeySee: [
    'the config does not know the instance’s key; through RDS alone',
    'kms:${AWS::Region}:${AWS::AccountId}:key/*',
  ],
  InstanceKeyLend: [
    'the config does not know the instance’s key; through RDS alone',
    'kms:${AWS::Region}:${AWS::AccountId}:key/*',
  ],
  CopyKey1See: ['a key told by its alias in a condition', 'kms:us-east-1:${AWS::AccountId}:key/*'],
  CopyKey1Lend: ['a key told by its alias in a condition', 'kms:us-east-1:${AWS::AccountId}:key/*'],
  SignInAsUsers: [
    'the config does not know the resource id that RDS gave the instance; one user alone',
    'rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:*/nightshift',
  ],
  OpenSecrets: [
    'a secret may lie under any key; these secrets alone',
    'kms:${AWS::Region}:${AWS::AccountId}:key/*',
  ],
  WriteOwnLog: [
    'the streams of its own log group',
    'logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/nightshift-prod-audit-archive:*',
    'logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/nightshift-prod-snapshot-export:*',
  ],
  KeepOwnExecutions: [
    'the executions of its own versions',
    'lambda:${AWS::Region}:${AWS::AccountId}:function:nightshift-prod-audit-archive:*/durable-execution/*/*',
    'lambda:${AWS::Region}:${AWS::AccountId}:function:nightshift-prod-snapshot-export:*/durable-execution/*/*',
  ],
  ReadObjects: [
    'a key each',
    '${BackupBucket.Arn}/exports/*',
    '${BackupBucket.Arn}/manifests/*',
    '${BackupBucket.Arn}/moments/*',
    '${BackupBucket.Arn}/runs/*',
  ],
  WriteWhatProves: [
    'a key each',
    '${BackupBucket.Arn}/exports/*/nightshift.json',
    '${BackupBucket.Arn}/exports/*/schema.json',
    '${BackupBucket.Arn}/manifests/*',
    '${BackupBucket.Arn}/moments/*',
    '${BackupBucket.Arn}/runs/*',
  ],
  PruneExports: ['a key each', '${BackupBucket.Arn}/exports/*'],
  WriteExports: ['a key each', '${BackupBucket.Arn}/exports/*'],
  KeepArchive: [
    'a key each',
    '${BackupBucket.Arn}/archive/menotime/*',
    '${BackupBucket.Arn}/archive/ledger/*',
  ],
  LockArchive1: ['a key each', '${BackupBucket.Arn}/archive/menotime/*'],
  LockArchive2: ['a key each', '${BackupBucket.Arn}/archive/ledger/*'],
  ReadRecords: [
    'a key each',
    '${BackupBucket.Arn}/manifests/audit-archive/*',
    '${BackupBucket.Arn}/runs/audit-archive/*',
  ],
  WriteRecords: [
    'a key each',
    '${BackupBucket.Arn}/manifests/audit-archive/*',
    '${BackupBucket.Arn}/runs/audit-archive/*',
  ],
};

test('a resource with a star in it is one that cannot be narrower, with its reason', () => {
  const starred = new Map<string, Set<string>>();
  for (const { Sid = '', Resource } of allowed()) {
    const names = list(Resource)
      .map(rendered)
      .filter((name) => name.includes('*'));
    for (const name of names) {
      const known = starred.get(Sid) ?? new Set();
      starred.set(Sid, known.add(name.replace('arn:${AWS::Partition}:', '')));
    }
  }
  const listed = Object.entries(starredResources).map(([sid, [, ...resources]]) => [sid, resources.sort()]);
  const found = [...starred].map(([sid, resources]) => [sid, [...resources].sort()]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(listed));
});

describe('what is dangerous is held by a condition', () => {
  const conditions = (sid: string) => statement(functionRole(), sid).Condition;

  test('snapshots are made with its own tag, and only those with it are deleted', () => {
    const own = (key: string) => ({
      StringEquals: { [`aws:${key}/nightshift:managed-by`]: 'nightshift-prod' },
    });
    expect(conditions('TakeSnapshots')).toEqual(own('RequestTag'));
    expect(conditions('TagOwnSnapshots')).toEqual(own('RequestTag'));
    expect(conditions('PruneOwnSnapshots')).toEqual(own('ResourceTag'));
  });

  test('the export’s role is passed to RDS alone', () => {
    const pass = statement(functionRole(), 'LendTheExportRole');
    expect(rendered(pass.Resource)).toBe('${ExportTaskRole.Arn}');
    expect(pass.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'export.rds.amazonaws.com' } });
  });

  test('keys are lent to services of AWS alone', () => {
    const grants = allowed().filter(({ Action }) => list(Action).includes('kms:CreateGrant'));
    expect(grants.length).toBeGreaterThan(1);
    for (const { Sid, Condition } of grants) {
      expect([Sid, Condition?.Bool]).toEqual([Sid, { 'kms:GrantIsForAWSResource': true }]);
    }
  });

  test('what proves is written once: with the header that refuses what is there already', () => {
    const once = { Null: { 's3:if-none-match': 'false' } };
    const writing = [functionRole(), archiveRole()]
      .flatMap(statementsOf)
      .filter(({ Action }) => list(Action).includes('s3:PutObject'));
    expect(writing.map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
      ['WriteWhatProves', once],
      // Parts of a multipart upload cannot carry the header; each file's key holds the id of its transaction.
      ['KeepArchive', undefined],
      ['WriteRecords', once],
    ]);
  });

  test('nothing but exports and archived files is ever deleted from the bucket', () => {
    const deletions = allowed().filter(({ Action }) => list(Action).some((a) => /^s3:Delete/.test(a)));
    const deleted = deletions.flatMap(({ role, Resource }) =>
      list(Resource).map((one) => `${role} ${rendered(one)}`),
    );
    expect(deleted.sort()).toEqual([
      'AuditArchiveRole ${BackupBucket.Arn}/archive/ledger/*',
      'AuditArchiveRole ${BackupBucket.Arn}/archive/menotime/*',
      'ExportTaskRole ${BackupBucket.Arn}/exports/*',
      'SnapshotExportRole ${BackupBucket.Arn}/exports/*',
    ]);
  });

  test('files are locked in the config’s mode alone, and for no longer than it says', () => {
    const lock = statement(archiveRole(), 'LockArchive1');
    expect(list(lock.Action)).toEqual(['s3:PutObjectRetention']);
    expect(lock.Condition).toEqual({
      StringEquals: { 's3:object-lock-mode': ['GOVERNANCE'] },
      NumericLessThanEquals: { 's3:object-lock-remaining-retention-days': 2_192 },
    });
    const bypassing = allowed().filter(({ Action }) => list(Action).some((a) => /Bypass|LegalHold/.test(a)));
    expect(bypassing).toEqual([]);
  });
});

/** The action of a call where it is not named like the call. */
const actionOf: Record<string, string> = {
  's3:HeadObject': 's3:GetObject',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:DeleteObjects': 's3:DeleteObject',
};

/** What is called by way of a package that is loaded on first use: by the durable SDK, and by what is no command. */
const lazyActions: Record<string, readonly string[]> = {
  '@aws-sdk/client-lambda': ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
  '@aws-sdk/client-secrets-manager': [],
  '@aws-sdk/rds-signer': ['rds-db:connect'],
};

/** What the job's calls need, by the names that its bundle imports from the AWS SDK. */
async function neededActions(job: string): Promise<string[]> {
  const { jobs } = await assemble({
    stage: 'prod',
    configFile: join(project.root, 'nightshift.config.ts'),
    outDir: join(project.root, 'assembled', job),
    jobs: [job],
    projectRoot: project.root,
  });
  const imports = await Promise.all(jobs.map(({ metafile }) => awsImports(metafile, project.root)));
  return imports.flat().flatMap(({ from, names, lazy }) => {
    const service = from.replace('@aws-sdk/client-', '').replace('-', '');
    const actions = names
      .flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? /^paginate(\w+)$/.exec(name)?.[1] ?? [])
      .map((call) => actionOf[`${service}:${call}`] ?? `${service}:${call}`);
    return lazy
      ? [...actions, ...(lazyActions[from] ?? [`${from} is loaded lazily: list its calls`])]
      : actions;
  });
}

test('the role of snapshot-export allows every call that is in the bundle, and no call that is not', async () => {
  const needed = await neededActions('snapshot-export');
  const given = new Set(statementsOf(functionRole()).flatMap(({ Action }) => list(Action)));
  expect(needed.filter((action) => !given.has(action))).toEqual([]);
  // Tagging is part of creating; keys, queues, networks and logs are used by AWS in the function's name.
  const called = [...given].filter((action) => /^(rds|s3|dynamodb|sns|lambda|secretsmanager):/.test(action));
  expect(called.filter((action) => !needed.includes(action))).toEqual(['rds:AddTagsToResource']);
});

test('the role of audit-archive allows every call that is in the bundle, and no call that is not', async () => {
  const needed = await neededActions('audit-archive');
  const given = new Set(statementsOf(archiveRole()).flatMap(({ Action }) => list(Action)));
  expect(needed.filter((action) => !given.has(action))).toEqual([]);
  const called = [...given].filter((action) => /^(rds|s3|dynamodb|sns|lambda|secretsmanager):/.test(action));
  // The SDK's own upload in parts gives up an upload by itself.
  expect(called.filter((action) => !needed.includes(action))).toEqual(['s3:AbortMultipartUpload']);
});
