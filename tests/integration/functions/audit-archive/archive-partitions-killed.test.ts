import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ArchiveBench, openArchiveBench } from '../../../support/archive-bench.ts';
import { killedAt } from '../../../support/killed-connection.ts';
import { action, all, inOrder, part, partitionedLog } from './partitioned-log.ts';

describe('a run over whole partitions that is killed', () => {
  let bench: ArchiveBench;
  let log: ReturnType<typeof partitionedLog>;
  beforeAll(async () => {
    bench = await openArchiveBench();
    log = partitionedLog(bench);
  });
  afterAll(() => bench?.stop());
  beforeEach(() => log.fill());

  test('before or during any statement: the next run ends with each row in one place', async () => {
    const whole = killedAt(bench.connect, Number.POSITIVE_INFINITY, 'before');
    const first = { ...action, partitions: [part('2024-01')] };
    await log.run(first, whole.connect);
    expect(whole.count()).toBeGreaterThan(20);
    for (let at = 1; at <= whole.count(); at += 1) {
      await log.fill();
      const killed = killedAt(bench.connect, at, at % 2 === 0 ? 'before' : 'during');
      await expect(log.run(first, killed.connect)).rejects.toThrow();
      await log.run(first);
      expect(await log.tables()).toEqual([2, 3, 99]);
      const moved = [...(await log.query(`SELECT sum(rows)::int AS rows FROM nightshift.archive_batches`))];
      expect({ at, moved, live: (await log.liveIds()).length }).toEqual({
        at,
        moved: [{ rows: 32 }],
        live: 89,
      });
    }
    expect(inOrder(await log.archivedIds())).toEqual(all.slice(0, 32));
  });
});
