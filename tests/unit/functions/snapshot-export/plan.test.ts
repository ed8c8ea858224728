import { describe, expect, test } from '@jest/globals';
import type { SnapshotExportRequest } from '../../../../functions/snapshot-export/event.ts';
import type { Facts } from '../../../../functions/snapshot-export/facts.ts';
import { exportScope, planMaking, slotTags } from '../../../../functions/snapshot-export/plan.ts';
import { resourceIdentifier } from '../../../../shared/job/slot.ts';
import { identifierOfArn } from '../../../../shared/snapshot/snapshot-fact.ts';
import {
  automatedSnapshot,
  copyOf,
  exportOf,
  noFacts,
  ownSnapshot,
} from '../../../support/snapshot-export-facts.ts';
import { exportSettings, nightlyRequest } from '../../../support/snapshot-export-request.ts';

const context = { stage: 'prod', databaseName: 'menotime_prod', now: new Date('2026-01-02T03:30:00Z') };
const name = 'nightshift-prod-menotime-2026-01-02';

function plan(facts: Partial<Facts> = {}, request: Partial<SnapshotExportRequest> = {}) {
  return planMaking({ ...noFacts, ...facts }, { ...nightlyRequest, ...request }, context);
}
const planSnapshot = (snapshots: Facts['snapshots'], request: Partial<SnapshotExportRequest> = {}) =>
  plan({ snapshots }, request).snapshot;
const labelled = { slot: 'pre-v2', labelled: true };

test('where nothing is there, takes a snapshot and exports it', () => {
  expect(plan()).toEqual({
    snapshot: {
      kind: 'take snapshot',
      target: name,
      reason: 'no automated snapshot of the last 6 h',
      own: true,
    },
    export: { kind: 'start export', target: name, reason: 'every table' },
    copy: null,
  });
});

describe('an automated snapshot', () => {
  test('that is fresh is adopted, and is not our own', () => {
    expect(planSnapshot([automatedSnapshot])).toEqual({
      kind: 'adopt snapshot',
      target: automatedSnapshot.identifier,
      reason: 'automated and at most 6 h old',
      own: false,
    });
  });

  test.each([
    ['2026-01-01T21:30:00.001Z', 'adopt snapshot'],
    ['2026-01-01T21:30:00.000Z', 'take snapshot'],
    ['2026-01-01T03:06:30.000Z', 'take snapshot'],
  ])('begun at %s, with six hours allowed at 03:30: %s', (createdAt, kind) => {
    expect(planSnapshot([{ ...automatedSnapshot, createdAt }]).kind).toBe(kind);
  });

  test('is never adopted where 0 hours are allowed, not even one of a moment later', () => {
    const settings = exportSettings({ adoptAutomatedHours: 0 });
    const snapshots = [{ ...automatedSnapshot, createdAt: '2026-01-02T03:30:01.000Z' }];
    expect(planSnapshot(snapshots, { settings }).kind).toBe('take snapshot');
  });

  const creating = { ...automatedSnapshot, status: 'creating', createdAt: null };

  test('that is still being made tells its time in its name', () => {
    expect(planSnapshot([creating])).toMatchObject({ kind: 'adopt snapshot', target: creating.identifier });
    const old = { ...creating, identifier: 'rds:menotime-prod-2026-01-01-03-06' };
    expect(planSnapshot([old]).kind).toBe('take snapshot');
    expect(planSnapshot([{ ...creating, identifier: 'rds:menotime-prod' }]).kind).toBe('take snapshot');
  });

  test('that is complete comes before a newer one that is not; of two complete ones the newer', () => {
    const newer = { ...creating, identifier: 'rds:menotime-prod-2026-01-02-03-20' };
    const older = { ...automatedSnapshot, identifier: 'older', createdAt: '2026-01-02T01:00:00.000Z' };
    expect(planSnapshot([newer, older, automatedSnapshot]).target).toBe(automatedSnapshot.identifier);
    expect(planSnapshot([older, newer]).target).toBe('older');
  });

  test.each(['failed', 'deleting', 'incompatible-restore'])('that is %s is left alone', (status) => {
    expect(planSnapshot([{ ...automatedSnapshot, status }]).kind).toBe('take snapshot');
  });

  test.each(['manual', 'awsbackup', 'shared'])('must be automated: one that is %s is left alone', (type) => {
    expect(planSnapshot([{ ...automatedSnapshot, type }]).kind).toBe('take snapshot');
  });

  test('is never adopted by a labelled run', () => {
    expect(planSnapshot([automatedSnapshot], labelled)).toMatchObject({
      kind: 'take snapshot',
      reason: 'a labelled backup holds the moment at which it was asked for',
    });
    const announcedSnapshot = automatedSnapshot.identifier;
    expect(planSnapshot([automatedSnapshot], { ...labelled, announcedSnapshot }).kind).toBe('take snapshot');
  });
});

describe('the snapshot whose creation started the run', () => {
  const announced = { ...automatedSnapshot, createdAt: '2025-12-31T03:06:30.000Z' };
  const request = { announcedSnapshot: announced.identifier };

  test('is adopted, however old', () => {
    expect(planSnapshot([announced], request)).toMatchObject({
      kind: 'adopt snapshot',
      target: announced.identifier,
      reason: 'its creation started this run',
      own: false,
    });
  });

  test('comes before a fresher one', () => {
    const fresher = { ...automatedSnapshot, identifier: 'rds:menotime-prod-2026-01-02-03-20' };
    expect(planSnapshot([fresher, announced], request).target).toBe(announced.identifier);
  });

  test('that is gone or going leaves the run to the others', () => {
    expect(planSnapshot([], request).kind).toBe('take snapshot');
    expect(planSnapshot([{ ...announced, status: 'deleting' }], request).kind).toBe('take snapshot');
  });
});

describe('a snapshot of this slot', () => {
  test.each(['available', 'creating'])('that is %s is adopted as our own', (status) => {
    expect(planSnapshot([automatedSnapshot, ownSnapshot(name, { status })])).toEqual({
      kind: 'adopt snapshot',
      target: name,
      reason: 'an earlier start of this slot took it',
      own: true,
    });
  });

  test('that failed is followed by another try under the next name', () => {
    const failed = ownSnapshot(name, { status: 'failed' });
    expect(planSnapshot([failed])).toEqual({
      kind: 'take snapshot',
      target: `${name}-r2`,
      reason: 'earlier tries ended as failed',
      own: true,
    });
    const second = ownSnapshot(`${name}-r2`, { status: 'incompatible-restore' });
    expect(planSnapshot([failed, second])).toMatchObject({
      target: `${name}-r3`,
      reason: 'earlier tries ended as failed, incompatible-restore',
    });
    expect(planSnapshot([failed, ownSnapshot(`${name}-r2`)])).toMatchObject({
      kind: 'adopt snapshot',
      target: `${name}-r2`,
    });
  });

  test.each([
    ['nobody', {}],
    ['another stage', slotTags('dev', nightlyRequest)],
    ['another database', slotTags('prod', { database: 'ledger', slot: '2026-01-02' })],
    ['another slot', slotTags('prod', { database: 'menotime', slot: '2026-01-01' })],
  ])('by name, tagged by %s, is a stranger’s: its name is avoided', (_whose, tags) => {
    expect(planSnapshot([ownSnapshot(name, { tags })])).toMatchObject({
      kind: 'take snapshot',
      target: `${name}-r2`,
      reason: 'no automated snapshot of the last 6 h',
    });
  });

  test('under a label is adopted by the label, not by the night', () => {
    const parts = { stage: 'prod', database: 'menotime', slot: 'pre-v2', attempt: 1 };
    const snapshots = [ownSnapshot(resourceIdentifier(parts), { slot: 'pre-v2' })];
    expect(planSnapshot(snapshots, labelled)).toMatchObject({ kind: 'adopt snapshot', own: true });
    expect(planSnapshot(snapshots).kind).toBe('take snapshot');
  });

  test('is not known by its tags alone: somebody copied them along to a snapshot of another name', () => {
    expect(planSnapshot([ownSnapshot('menotime-prod-pre-v1-20240201')]).kind).toBe('take snapshot');
  });
});

describe('what was begun for the slot fixes its snapshot', () => {
  const fresher = { ...automatedSnapshot, identifier: 'rds:menotime-prod-2026-01-02-03-20' };

  test.each(['STARTING', 'IN_PROGRESS', 'COMPLETE'])('an export that is %s', (status) => {
    const facts = {
      snapshots: [fresher, automatedSnapshot],
      exportTasks: [exportOf(automatedSnapshot, { status })],
    };
    expect(plan(facts)).toMatchObject({
      snapshot: {
        kind: 'adopt snapshot',
        target: automatedSnapshot.identifier,
        reason: `the export ${name} reads it`,
        own: false,
      },
      export: { kind: 'adopt export', target: name },
    });
  });

  test('also one of our own, which stays our own', () => {
    const own = ownSnapshot(name);
    expect(plan({ snapshots: [fresher, own], exportTasks: [exportOf(own)] }).snapshot).toMatchObject({
      target: name,
      own: true,
    });
  });

  test.each(['FAILED', 'CANCELED', 'CANCELING'])('but not an export that is %s', (status) => {
    const facts = { snapshots: [fresher], exportTasks: [exportOf(automatedSnapshot, { status })] };
    expect(plan(facts)).toMatchObject({
      snapshot: { target: fresher.identifier },
      export: { kind: 'start export', target: `${name}-r2`, reason: `earlier tries ended as ${status}` },
    });
  });

  test('the second try of an export counts where the first one failed', () => {
    const first = exportOf(automatedSnapshot, { status: 'FAILED' });
    const second = exportOf(automatedSnapshot, { identifier: `${name}-r2` });
    expect(plan({ snapshots: [automatedSnapshot], exportTasks: [first, second] }).export).toMatchObject({
      kind: 'adopt export',
      target: `${name}-r2`,
    });
  });

  const copyTo = { settings: exportSettings({ copyTo: { region: 'us-east-1' } }) };

  test('a copy, where no export was begun', () => {
    const facts = { snapshots: [fresher, automatedSnapshot], copies: [copyOf(automatedSnapshot)] };
    expect(plan(facts, copyTo)).toMatchObject({
      snapshot: { target: automatedSnapshot.identifier, reason: `the copy ${name} was made of it` },
      export: { kind: 'start export' },
      copy: { kind: 'adopt copy', target: name, region: 'us-east-1' },
    });
  });

  test('but not a copy that failed, or a stranger’s, whose names are avoided', () => {
    const failed = copyOf(automatedSnapshot, { status: 'failed' });
    expect(plan({ snapshots: [fresher], copies: [failed] }, copyTo)).toMatchObject({
      snapshot: { target: fresher.identifier },
      copy: { kind: 'copy snapshot', target: `${name}-r2`, reason: 'earlier tries ended as failed' },
    });
    const stranger = copyOf(automatedSnapshot, { tags: {} });
    expect(plan({ snapshots: [fresher], copies: [stranger] }, copyTo).copy).toMatchObject({
      kind: 'copy snapshot',
      target: `${name}-r2`,
    });
  });
});

describe('what is asked for', () => {
  test('no export is planned where it is to be skipped', () => {
    expect(plan({}, { ...labelled, skipExport: true })).toMatchObject({
      snapshot: { kind: 'take snapshot' },
      export: null,
    });
  });

  test('a copy is planned where the config names a second region', () => {
    const settings = exportSettings({ copyTo: { region: 'us-east-1' } });
    expect(plan({}, { settings }).copy).toEqual({
      kind: 'copy snapshot',
      target: name,
      region: 'us-east-1',
      reason: 'a region may fail',
    });
  });

  test('chosen tables are counted in the reason and named with their database', () => {
    expect(plan({}, { tables: ['public.a', 'public.b'] }).export?.reason).toBe('2 chosen tables');
    expect(exportScope('shop', ['public.a'])).toEqual(['shop.public.a']);
    expect(exportScope('shop', undefined)).toEqual(['shop']);
    expect(exportScope('shop-prod', undefined)).toEqual([]);
    expect(() => exportScope('shop-prod', ['public.a'])).toThrow(/Leave "tables" out/);
  });
});

test('the tags of a night and of a label: only the label is kept for ever', () => {
  expect(slotTags('prod', nightlyRequest)).not.toHaveProperty('nightshift:keep');
  expect(slotTags('prod', { database: 'menotime', slot: 'pre-v2' })).toMatchObject({
    'nightshift:keep': 'true',
  });
});

test('the identifier in an ARN keeps its own colons', () => {
  expect(identifierOfArn(automatedSnapshot.arn)).toBe(automatedSnapshot.identifier);
  expect(identifierOfArn('arn:aws-cn:rds:cn-north-1:1:snapshot:plain')).toBe('plain');
});
