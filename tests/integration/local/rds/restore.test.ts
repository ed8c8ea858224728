import { existsSync } from 'node:fs';
import { CopyDBSnapshotCommand, CreateDBSnapshotCommand, DeleteDBSnapshotCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTransfers } from '../postgres/transfers.ts';
import {
  AWAY,
  addInstance,
  connectionFor,
  drop,
  eventsOf,
  HOME,
  instanceIn,
  openRds,
  type RdsBench,
  restore,
  row,
  snapshotIn,
} from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  bench = await openRds();
});
afterAll(() => bench.close());

const takeSnapshot = async (instance: string, snapshot: string) => {
  await bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: instance, DBSnapshotIdentifier: snapshot }),
  );
  return snapshotIn(bench.client, snapshot);
};

const MOMENT = /* sql */ `
  SELECT (SELECT sum(balance)::int FROM account) AS total, (SELECT balance::int FROM account WHERE id = 2) AS moved,
         (SELECT count(*)::int FROM transfer) AS transfers, (SELECT coalesce(max(n), 0)::int FROM transfer) AS newest`;

describe.each(['15', '18'])('PostgreSQL %s', (engineVersion) => {
  const source = `live-${engineVersion}`;

  test('a snapshot taken while a client writes is restored, copied to another region and restored there', async () => {
    const live = await addInstance(bench, source, {
      engineVersion,
      tags: [{ Key: 'of', Value: 'source' }],
      copyTagsToSnapshot: true,
    });
    const transfers = await startTransfers(live.masterConnection);
    await transfers.reached(30);
    const before = transfers.committed();
    const snapshot = await takeSnapshot(source, `under-load-${engineVersion}`);
    const during = transfers.committed();
    await transfers.reached(during + 10);
    const after = await transfers.stop();

    const restored = `drill-${engineVersion}`;
    const { DBInstance } = await restore(bench.client, snapshot.DBSnapshotIdentifier ?? '', restored);
    expect(DBInstance).toMatchObject({ DBInstanceStatus: 'creating' });
    expect(DBInstance?.Endpoint).toBeUndefined();
    const moment = await row(await connectionFor(bench, bench.client, restored), MOMENT);
    expect(moment.total).toBe(1_000_000);
    expect(moment.transfers).toBe(moment.newest);
    expect(moment.transfers).toBe(moment.moved);
    expect(moment.transfers).toBeGreaterThanOrEqual(before);
    expect(moment.transfers).toBeLessThanOrEqual(during);
    expect((await row(live.masterConnection, MOMENT)).transfers).toBe(after);
    expect(eventsOf(bench, snapshot.DBSnapshotIdentifier ?? '')).toEqual(['0040', '0042', '0043']);

    await bench.away.send(
      new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: snapshot.DBSnapshotArn,
        TargetDBSnapshotIdentifier: `away-${engineVersion}`,
        CopyTags: true,
      }),
    );
    const copy = await snapshotIn(bench.away, `away-${engineVersion}`);
    expect(copy).toMatchObject({
      SourceRegion: HOME,
      SourceDBSnapshotIdentifier: snapshot.DBSnapshotArn,
      OriginalSnapshotCreateTime: snapshot.OriginalSnapshotCreateTime,
      SnapshotType: 'manual',
      DBSnapshotArn: `arn:aws:rds:${AWAY}:111122223333:snapshot:away-${engineVersion}`,
    });
    expect(eventsOf(bench, `away-${engineVersion}`)).toEqual(['0059', '0060']);
    await bench.client.send(
      new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: snapshot.DBSnapshotIdentifier }),
    );
    await restore(bench.away, `away-${engineVersion}`, restored, {
      Tags: [{ Key: 'purpose', Value: 'drill' }],
    });
    expect(await row(await connectionFor(bench, bench.away, restored), MOMENT)).toEqual(moment);
    expect((await instanceIn(bench.away, restored)).TagList).toEqual([{ Key: 'purpose', Value: 'drill' }]);
    expect((await instanceIn(bench.client, restored)).TagList).toEqual([{ Key: 'of', Value: 'source' }]);
    await Promise.all([drop(bench.client, restored), drop(bench.away, restored), drop(bench.client, source)]);
    expect(eventsOf(bench, restored)).toEqual(expect.arrayContaining(['0003', '0003']));
    expect(existsSync(live.dataDirectory)).toBe(false);
  });
});
