import { describe, expect, test } from '@jest/globals';
import { actionsOf, planRestore } from '../../../../functions/restore-drill/plan.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import { automated, context, facts, request, sourceInstance } from '../../../support/drill-facts.ts';

const name = 'nightshift-drill-prod-menotime-2026-01-04';
const drilled = {
  ...sourceInstance,
  identifier: name,
  tags: {
    'nightshift:managed-by': 'nightshift-prod',
    'nightshift:job': 'restore-drill',
    'nightshift:database': 'menotime',
    'nightshift:slot': '2026-01-04',
    'nightshift:expires-at': '2026-01-04T15:00:00.000Z',
    'nightshift:restored-from': 'rds:menotime-prod-2026-01-03-03-00',
    'nightshift:restored-to': '2026-01-03T03:00:10.000Z',
  },
};

describe('a drill', () => {
  test('restores to an instance that is named and tagged for it, and deletes it', () => {
    const plan = planRestore(facts, request, context);
    expect(actionsOf(plan).map(({ kind, target }) => [kind, target])).toEqual([
      ['restore snapshot', name],
      ['delete instance', name],
    ]);
    expect(plan.restore.order.tags).toEqual({
      'nightshift:managed-by': 'nightshift-prod',
      'nightshift:job': 'restore-drill',
      'nightshift:database': 'menotime',
      'nightshift:slot': '2026-01-04',
      'nightshift:expires-at': '2026-01-04T15:00:00.000Z',
      'nightshift:restored-from': automated.identifier,
      'nightshift:restored-to': automated.createdAt,
    });
  });

  test('is a throw-away, in the source’s groups where none are named', () => {
    const { shape } = planRestore(facts, request, context).restore.order;
    expect(shape).toMatchObject({
      instanceClass: 'db.m7g.large',
      subnetGroup: 'source-subnets',
      securityGroupIds: ['sg-source'],
      parameterGroup: 'source-parameters',
      backupRetentionDays: 0,
      multiAz: false,
      publiclyAccessible: false,
      deletionProtection: false,
      copyTagsToSnapshot: false,
      autoMinorVersionUpgrade: false,
      exportedLogs: [],
    });
  });

  test('stands in the groups of the template, and before those in what the config names', () => {
    const made = {
      ...context,
      names: { drillSubnetGroup: 'made-subnets', drillParameterGroup: () => 'made-parameters' },
      securityGroupId: 'sg-made',
    };
    expect(planRestore(facts, request, made).restore.order.shape).toMatchObject({
      subnetGroup: 'made-subnets',
      securityGroupIds: ['sg-made'],
      parameterGroup: 'made-parameters',
    });
    const settings = restoreDrill.parse({
      instance: {
        instanceClass: 'db.t4g.medium',
        subnetGroup: 'named-subnets',
        securityGroupIds: ['sg-named'],
        parameterGroup: 'named-parameters',
      },
    });
    expect(planRestore(facts, { ...request, settings }, made).restore.order.shape).toMatchObject({
      instanceClass: 'db.t4g.medium',
      subnetGroup: 'named-subnets',
      securityGroupIds: ['sg-named'],
      parameterGroup: 'named-parameters',
    });
  });

  test('in the second region takes none of the first one’s groups', () => {
    const away = { ...request, region: 'us-east-1' };
    const made = { ...context, securityGroupId: 'sg-made' };
    expect(planRestore(facts, away, made).restore.order.shape).toMatchObject({
      subnetGroup: null,
      securityGroupIds: [],
      parameterGroup: null,
    });
  });

  test('adopts what an earlier start restored, whatever has been snapshotted since', () => {
    const plan = planRestore({ ...facts, present: { ...drilled, status: 'creating' } }, request, context);
    expect(actionsOf(plan).map(({ kind }) => kind)).toEqual(['adopt instance', 'delete instance']);
    expect(plan.restore).toMatchObject({
      target: name,
      snapshot: 'rds:menotime-prod-2026-01-03-03-00',
      restoredTo: '2026-01-03T03:00:10.000Z',
    });
  });

  const expired = { ...drilled.tags, 'nightshift:expires-at': '2026-01-04T06:00:00.000Z' };
  const useless = [
    { what: 'is being deleted', present: { ...drilled, status: 'deleting' }, wanted: request.wanted },
    { what: 'ended badly', present: { ...drilled, status: 'restore-error' }, wanted: request.wanted },
    { what: 'has expired', present: { ...drilled, tags: expired }, wanted: request.wanted },
    {
      what: 'was restored from something else than is asked for',
      present: drilled,
      wanted: { kind: 'snapshot' as const, identifier: automated.identifier },
    },
  ];
  test.each(useless)('that was left and $what is deleted before a new one', ({ present, wanted }) => {
    const plan = planRestore({ ...facts, present }, { ...request, wanted }, context);
    expect(actionsOf(plan).map(({ kind }) => kind)).toEqual([
      'delete leftover',
      'restore snapshot',
      'delete instance',
    ]);
  });

  test.each(['nightshift:managed-by', 'nightshift:job', 'nightshift:database', 'nightshift:slot'])(
    'refuses an instance of its name without its %s',
    (tag) => {
      const present = { ...drilled, tags: { ...drilled.tags, [tag]: 'another' } };
      expect(() => planRestore({ ...facts, present }, request, context)).toThrow(
        /does not carry the tags of this run/,
      );
    },
  );
});

describe('a real restore', () => {
  const real = { ...request, keptAs: 'menotime-prod-recovery-20260104-0700', slot: 'recovery' };

  test('snapshots the source first, and stays as the source is', () => {
    const plan = planRestore(facts, real, context);
    expect(actionsOf(plan).map(({ kind }) => kind)).toEqual(['take safety snapshot', 'restore snapshot']);
    expect(plan.removal).toBeNull();
    expect(plan.restore.order.shape).toMatchObject({
      backupRetentionDays: 7,
      multiAz: true,
      deletionProtection: true,
      parameterGroup: 'source-parameters',
      exportedLogs: ['postgresql'],
    });
  });

  test('has the source’s tags, and none that a drill or any job of Nightshift is known by', () => {
    const { tags } = planRestore(facts, real, context).restore.order;
    expect(tags).toMatchObject({ team: 'clinic', 'nightshift:recovery': 'prod/menotime/recovery' });
    for (const key of ['managed-by', 'job', 'database', 'slot', 'expires-at']) {
      expect(tags).not.toHaveProperty([`nightshift:${key}`]);
    }
  });

  test('takes no safety snapshot of a source that is gone, and backs up what it restores', () => {
    const plan = planRestore({ ...facts, source: null }, real, context);
    expect(plan.safety).toBeNull();
    expect(plan.restore.order.shape).toMatchObject({ backupRetentionDays: 7, deletionProtection: true });
  });

  test('never over an instance that is there', () => {
    const present = { ...sourceInstance, identifier: real.keptAs };
    expect(() => planRestore({ ...facts, present }, real, context)).toThrow(/Nothing was restored/);
  });

  test('goes on with what an earlier start of it began, under the name that it gave', () => {
    const tags = { 'nightshift:recovery': 'prod/menotime/recovery', 'nightshift:restored-from': 'time' };
    const present = { ...sourceInstance, identifier: 'menotime-prod-recovery-20260104-0655', tags };
    const plan = planRestore({ ...facts, present }, real, context);
    expect(actionsOf(plan)).toMatchObject([{ kind: 'adopt instance', target: present.identifier }]);
  });

  test('that ended badly before is not deleted: that is for a person to do', () => {
    const tags = { 'nightshift:recovery': 'prod/menotime/recovery' };
    const present = { ...sourceInstance, status: 'restore-error', tags };
    expect(() => planRestore({ ...facts, present }, real, context)).toThrow(/delete it by hand/);
  });
});
