import { setTimeout as sleep } from 'node:timers/promises';
import { RestoreDBInstanceToPointInTimeCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  addInstance,
  connectionFor,
  drop,
  eventsOf,
  openRds,
  type RdsBench,
  restorableSince,
  row,
} from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  bench = await openRds();
});
afterAll(() => bench.close());

describe.each(['15', '18'])('PostgreSQL %s', (engineVersion) => {
  test('recovery to a point in time has what was committed until then, and nothing later', async () => {
    const identifier = `timed-${engineVersion}`;
    const live = await addInstance(bench, identifier, { engineVersion, backupRetentionDays: 7 });
    await row(live.masterConnection, 'CREATE TABLE visit (n int)');
    await sleep(20);
    await restorableSince(bench, identifier, new Date());
    await row(live.masterConnection, 'INSERT INTO visit SELECT generate_series(1, 100)');
    const { at } = await row(live.masterConnection, 'SELECT clock_timestamp() AS at');
    await sleep(50);
    await row(live.masterConnection, 'DELETE FROM visit');
    const RestoreTime = new Date(at.getTime() + 5);
    await restorableSince(bench, identifier, new Date());
    await bench.client.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: identifier,
        TargetDBInstanceIdentifier: `${identifier}-then`,
        RestoreTime,
        BackupRetentionPeriod: 0,
      }),
    );
    await bench.client.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDbiResourceId: live.dbiResourceId,
        TargetDBInstanceIdentifier: `${identifier}-now`,
        UseLatestRestorableTime: true,
        BackupRetentionPeriod: 0,
      }),
    );
    const count = 'SELECT count(*)::int AS n FROM visit';
    expect(await row(await connectionFor(bench, bench.client, `${identifier}-then`), count)).toEqual({
      n: 100,
    });
    expect(await row(await connectionFor(bench, bench.client, `${identifier}-now`), count)).toEqual({ n: 0 });
    expect(eventsOf(bench, `${identifier}-then`)).toEqual(['0019']);
    await Promise.all([`${identifier}-then`, `${identifier}-now`].map((name) => drop(bench.client, name)));
    await drop(bench.client, identifier);
  });

  test('a moment outside the window is refused', async () => {
    const identifier = `window-${engineVersion}`;
    await addInstance(bench, identifier, { engineVersion, backupRetentionDays: 1 });
    await restorableSince(bench, identifier, new Date());
    for (const RestoreTime of [new Date(Date.now() + 60_000), new Date(Date.now() - 86_400_000)]) {
      const asked = bench.client.send(
        new RestoreDBInstanceToPointInTimeCommand({
          SourceDBInstanceIdentifier: identifier,
          TargetDBInstanceIdentifier: 'outside',
          RestoreTime,
        }),
      );
      await expect(asked).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    }
    await drop(bench.client, identifier);
  });
});
