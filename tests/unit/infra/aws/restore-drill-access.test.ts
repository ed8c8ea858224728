import { describe, expect, test } from '@jest/globals';
import type { Statement } from '../../../../infra/aws/cloudformation.ts';
import { drillInstances } from '../../../../infra/aws/drill-instances.ts';
import { drillReaperPolicy } from '../../../../infra/aws/drill-reaper-access.ts';
import { restoreDrillPolicy } from '../../../../infra/aws/restore-drill-access.ts';
import { drillIdentifier } from '../../../../shared/restore/drill-instance.ts';
import { type DatabaseInput, deployed, drilledInput } from '../../../support/deployed-stage.ts';
import { filledIn, list } from '../../../support/template.ts';

const databases = { menotime: drilledInput };
const statements = (...given: Parameters<typeof deployed>) =>
  restoreDrillPolicy(deployed(...given)).PolicyDocument.Statement;

function find(found: readonly Statement[], sid: string): Statement {
  const one = found.find(({ Sid }) => Sid === sid);
  if (!one) throw new Error(`There is no statement ${sid}.`);
  return one;
}

/** What follows region and account in each ARN: `db:menotime-prod`. */
const resources = (found: readonly Statement[], sid: string) =>
  list(find(found, sid).Resource).map((one) => filledIn(one).split(':').slice(5).join(':'));

test('every name that a drill gives is one that its role allows, also where its end is cut', () => {
  const long = 'a-stage-whose-name-goes-on-and-on-and-on-and-on';
  for (const stage of ['test', long]) {
    const allowed = filledIn(drillInstances({ stage }, 'us-west-1')).split(':').at(-1) ?? '';
    expect(allowed).toMatch(/^nightshift-drill-[a-z-]+\*$/);
    for (const slot of ['2026-01-02', 'after-the-repair-of-all-that-was-broken-on-sunday']) {
      const name = drillIdentifier({ stage, database: 'menotime', slot });
      expect([name, name.startsWith(allowed.slice(0, -1))]).toEqual([name, true]);
    }
  }
});

const requested = {
  StringEquals: {
    'aws:RequestTag/nightshift:managed-by': 'nightshift-test',
    'aws:RequestTag/nightshift:job': 'restore-drill',
  },
};
const carried = {
  StringEquals: {
    'aws:ResourceTag/nightshift:managed-by': 'nightshift-test',
    'aws:ResourceTag/nightshift:job': 'restore-drill',
  },
};

describe('a drill', () => {
  test('restores only to what is named and tagged as a drill', () => {
    const found = statements(databases);
    for (const sid of ['RestoreSnapshots', 'RestoreToTimes', 'TagDrills'])
      expect([sid, find(found, sid).Condition]).toEqual([sid, requested]);
    expect(resources(found, 'TagDrills')).toEqual(['db:nightshift-drill-test-*']);
    const places = resources(found, 'RestoreSnapshots').filter((one) => one.startsWith('db:'));
    expect(places).toEqual(['db:nightshift-drill-test-*']);
  });

  test('restores the database’s own snapshots, and its instance to a point in time', () => {
    const found = statements(databases);
    const snapshots = resources(found, 'RestoreSnapshots').filter((one) => one.startsWith('snapshot:'));
    expect(snapshots).toEqual([
      'snapshot:nightshift-test-*',
      'snapshot:menotime-prod-*',
      'snapshot:rds:menotime-prod-*',
    ]);
    expect(resources(found, 'RestoreToTimes')).toContain('db:menotime-prod');
  });

  test('puts its instance into the template’s groups, or those of the config', () => {
    const groups = (instance: NonNullable<DatabaseInput['restoreDrill']>['instance']) =>
      resources(
        statements({ menotime: { ...drilledInput, restoreDrill: { instance } } }),
        'RestoreSnapshots',
      ).filter((one) => /^(subgrp|pg|og):/.test(one));
    expect(groups({})).toEqual(['subgrp:nightshift-test-drill', 'pg:*', 'og:*']);
    expect(groups({ postgres: { family: 'postgres15' } })).toContain(
      'pg:nightshift-test-drill-menotime-postgres15',
    );
    expect(groups({ subnetGroup: 'private', parameterGroup: 'drills' })).toEqual([
      'subgrp:private',
      'pg:drills',
      'og:*',
    ]);
  });

  test('puts a restored copy into groups of the second region, by the names that the config has for it', () => {
    const copyTo = { region: 'us-east-1' };
    const groups = (more: Partial<DatabaseInput>) =>
      list(
        find(
          statements({ menotime: { ...drilledInput, snapshotExport: { copyTo }, ...more } }),
          'RestoreSnapshots',
        ).Resource,
      )
        .map((one) => filledIn(one).split(':').slice(3))
        .filter(([region, , kind = '']) => region === 'us-east-1' && /^(subgrp|pg)$/.test(kind))
        .map((parts) => parts.slice(2).join(':'));
    expect(groups({})).toEqual(['subgrp:default', 'pg:default.*']);
    const secondRegion = { subnetGroup: 'there', parameterGroup: 'postgres-there' };
    expect(groups({ backupVerify: { secondRegion } })).toEqual(['subgrp:there', 'pg:postgres-there']);
    const restoreDrill = { source: 'second region' as const, instance: { subnetGroup: 'private' } };
    expect(groups({ restoreDrill, backupVerify: { secondRegion } })).toEqual([
      'subgrp:private',
      'pg:postgres-there',
    ]);
  });

  test('deletes only what has both the name and the tags of a drill', () => {
    const deletion = find(statements(databases), 'DeleteDrills');
    expect([deletion.Action, deletion.Condition]).toEqual(['rds:DeleteDBInstance', carried]);
    expect(resources([deletion], 'DeleteDrills')).toEqual(['db:nightshift-drill-test-*']);
  });

  test('reaches the second region where its database has copies, and nowhere else', () => {
    const regionsOf = (found: readonly Statement[]) =>
      new Set(list(find(found, 'DeleteDrills').Resource).map((one) => filledIn(one).split(':')[3]));
    const copyTo = { region: 'us-east-1', kmsKeyId: 'alias/copies' };
    const copying = statements({ menotime: { ...drilledInput, snapshotExport: { copyTo } } });
    expect(regionsOf(copying)).toEqual(new Set(['us-west-1', 'us-east-1']));
    expect(find(copying, 'CopyKey1Lend').Condition).toMatchObject({
      Bool: { 'kms:GrantIsForAWSResource': true },
    });
    const { restoreDrill: _, ...undrilled } = drilledInput;
    const other = statements({ ...databases, shop: { ...undrilled, snapshotExport: { copyTo } } });
    expect(regionsOf(other).size).toBe(1);
  });

  test('takes no snapshot, and neither changes nor stops an instance', () => {
    const actions = statements(databases)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action }) => list(Action))
      .filter((action) => action.startsWith('rds:'));
    expect(actions.sort()).toEqual([
      'rds:AddTagsToResource',
      'rds:DeleteDBInstance',
      'rds:DescribeDBInstanceAutomatedBackups',
      'rds:DescribeDBInstances',
      'rds:DescribeDBSnapshots',
      'rds:RestoreDBInstanceFromDBSnapshot',
      'rds:RestoreDBInstanceToPointInTime',
    ]);
  });

  test('has a policy that IAM takes: of five databases, each with a secret and a copy, under 10,240 characters', () => {
    const many = Object.fromEntries(
      ['one', 'two', 'three', 'four', 'five'].map((name) => [
        `database-${name}`,
        {
          ...drilledInput,
          instance: `instance-of-${name}-prod`,
          auth: { kind: 'secret' as const, secretId: `team/database/${name}/prod` },
          snapshotExport: { copyTo: { region: 'us-east-1', kmsKeyId: 'alias/copies' } },
        },
      ]),
    );
    const { Statement } = restoreDrillPolicy(deployed(many)).PolicyDocument;
    const text = filledIn(JSON.stringify(Statement)).replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1');
    const restOfRole = 1_900;
    expect(text.length).toBeLessThan(10_240 - restOfRole);
  });
});

test('the reaper lists instances, and deletes what has both the name and the tags of a drill', () => {
  const { restoreDrill: _, ...undrilled } = drilledInput;
  // Drills of a database that has none any more may have left something where its copies are.
  const copyTo = { region: 'us-east-1' };
  const deployment = deployed({ ...databases, shop: { ...undrilled, snapshotExport: { copyTo } } });
  const found = drillReaperPolicy(deployment).PolicyDocument.Statement;
  expect(found.map(({ Action }) => Action)).toEqual(['rds:DescribeDBInstances', 'rds:DeleteDBInstance']);
  const deletion = find(found, 'DeleteDrills');
  expect(deletion.Condition).toEqual(carried);
  expect(list(deletion.Resource).map(filledIn)).toEqual([
    'arn:aws:rds:us-west-1:111122223333:db:nightshift-drill-test-*',
    'arn:aws:rds:us-east-1:111122223333:db:nightshift-drill-test-*',
  ]);
});
