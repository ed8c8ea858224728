import { expect, test } from '@jest/globals';
import { chooseBackup } from '../../../../functions/restore-drill/choose-backup.ts';
import type { Wanted } from '../../../../functions/restore-drill/event.ts';
import type { Facts } from '../../../../functions/restore-drill/facts.ts';
import { ownTags } from '../../../../shared/job/slot.ts';
import { automated, copy, facts, sourceInstance } from '../../../support/drill-facts.ts';

const choose = (seen: Partial<Facts>, wanted: Wanted) =>
  chooseBackup(
    { ...facts, ...seen },
    { wanted, instance: 'menotime-prod' },
    { stage: 'prod', database: 'menotime' },
  );

const newest: Wanted = { kind: 'newest automated snapshot' };
const older = { ...automated, identifier: 'rds:older', createdAt: '2026-01-03T03:00:00.000Z' };
const own = {
  ...automated,
  identifier: 'nightshift-prod-menotime-2026-01-04',
  type: 'manual',
  createdAt: '2026-01-04T03:30:00.000Z',
  tags: ownTags('snapshot-export', { stage: 'prod', database: 'menotime', slot: '2026-01-04' }),
};

test('the newest automated snapshot that is complete: never one that is still made, or failed', () => {
  const creating = { ...automated, identifier: 'rds:creating', status: 'creating', createdAt: null };
  const failed = {
    ...automated,
    identifier: 'rds:failed',
    status: 'failed',
    createdAt: '2026-01-04T05:00:00Z',
  };
  const snapshots = [older, creating, automated, failed];
  expect(choose({ snapshots }, newest)).toMatchObject({
    from: { kind: 'snapshot', identifier: automated.identifier },
    restoredTo: automated.createdAt,
    snapshot: automated.identifier,
  });
});

test('an older automated one goes before Nightshift’s own, which stands in where none is usable', () => {
  expect(choose({ snapshots: [own, older] }, newest)).toMatchObject({ snapshot: 'rds:older' });
  const failed = { ...older, status: 'failed' };
  expect(choose({ snapshots: [own, failed] }, newest)).toMatchObject({ snapshot: own.identifier });
});

test('somebody’s manual snapshot is never taken for an automated one', () => {
  const byHand = { ...own, tags: {} };
  const labelled = { ...own, tags: { ...own.tags, 'nightshift:slot': 'before-upgrade' } };
  expect(() => choose({ snapshots: [byHand, labelled] }, newest)).toThrow(/no usable automated snapshot/);
});

test('nothing usable: what there is instead is said', () => {
  expect(() => choose({ snapshots: [{ ...older, status: 'failed' }] }, newest)).toThrow(
    /rds:older is failed/,
  );
  expect(() => choose({ snapshots: [] }, newest)).toThrow(/There is none at all/);
});

test('a real restore leaves out what an earlier one kept for safety: that is the state to be undone', () => {
  const safety = {
    ...own,
    identifier: 'nightshift-safety-prod-menotime-recovery',
    createdAt: '2026-01-05T00:00:00.000Z',
    tags: ownTags('restore-drill', { stage: 'prod', database: 'menotime', slot: 'recovery' }),
  };
  expect(choose({ snapshots: [safety, own] }, { kind: 'newest snapshot' })).toMatchObject({
    snapshot: own.identifier,
  });
  const byName: Wanted = { kind: 'snapshot', identifier: safety.identifier };
  expect(choose({ snapshots: [safety] }, byName)).toMatchObject({ snapshot: safety.identifier });
});

test('a real restore takes the newest of all, whoever took it', () => {
  const byHand = { ...own, tags: {} };
  expect(choose({ snapshots: [older, byHand] }, { kind: 'newest snapshot' })).toMatchObject({
    snapshot: byHand.identifier,
  });
});

test('a copy is restored by its own name, and known by that of its source', () => {
  expect(choose({ snapshots: [copy] }, { kind: 'newest copy', region: 'us-east-1' })).toMatchObject({
    from: { identifier: copy.identifier },
    snapshot: automated.identifier,
  });
});

test('a snapshot by its name must be there, and complete', () => {
  const wanted: Wanted = { kind: 'snapshot', identifier: automated.identifier };
  expect(choose({}, wanted)).toMatchObject({ snapshot: automated.identifier });
  expect(() => choose({ snapshots: [] }, wanted)).toThrow(/RDS knows no snapshot/);
  expect(() => choose({ snapshots: [{ ...automated, status: 'creating' }] }, wanted)).toThrow(/is creating/);
});

test('the latest restorable time is asked for as a time, so that it is known what was restored', () => {
  expect(choose({}, { kind: 'latest restorable time' })).toMatchObject({
    from: { kind: 'time', time: '2026-01-04T06:55:00.000Z', automatedBackupsArn: null },
    restoredTo: '2026-01-04T06:55:00.000Z',
    snapshot: null,
  });
});

test('a time after the latest restorable one is refused, and so is any where no backups are kept', () => {
  const late: Wanted = { kind: 'time', time: '2026-01-04T06:59:00.000Z' };
  expect(() => choose({}, late)).toThrow(/latest restorable time is 2026-01-04T06:55/);
  const source = { ...sourceInstance, latestRestorableTime: null, backupRetentionDays: 0 };
  expect(() => choose({ source }, late)).toThrow(/backup retention is 0 days/);
});

test('of an instance that is gone, a time is restored from its retained backups', () => {
  const wanted: Wanted = { kind: 'time', time: '2026-01-04T06:00:00.000Z' };
  const retained = { arn: 'arn:retained', earliest: null, latest: '2026-01-04T06:30:00.000Z' };
  expect(choose({ source: null, retained }, wanted)).toMatchObject({
    from: { automatedBackupsArn: 'arn:retained' },
  });
  expect(() => choose({ source: null }, wanted)).toThrow(/the instance is gone/);
});
