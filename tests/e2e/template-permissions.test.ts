// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { neededActions } from '../support/needed-actions.ts';
import { copyProject, editConfig, type ProjectCopy, packagedTemplate } from '../support/packaging.ts';
import { starredResources } from '../support/starred-resources.ts';
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
    const writing = ['SnapshotExportRole', 'AuditArchiveRole', 'BackupVerifyRole', 'RestoreDrillRole']
      .flatMap((role) => statementsOf(resource(template, role)))
      .filter(({ Action }) => list(Action).includes('s3:PutObject'));
    expect(writing.map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
      ['WriteWhatProves', once],
      // Parts of a multipart upload cannot carry the header; each file's key holds the id of its transaction.
      ['KeepArchive', undefined],
      ['WriteRecords', once],
      ['WriteOwnRecords', once],
      ['WriteOwnRecords', once],
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
