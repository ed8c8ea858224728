import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { damageBlocks } from '../../../support/damage-file.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

/** So that the tables of a test have a hundred ranges. */
const integrity = { sharePerRun: 1, pauseMs: 0, rangeMiB: 0.125, paceMiBPerSecond: 1_000 };
const slow = { ...integrity, paceMiBPerSecond: 0.5 };
const secret = 'ada@menotime.example';

interface Check {
  slot: string;
  began: string;
  ended: string | null;
  next: number;
  blocks: number;
  faults: number;
  finding: string | null;
}

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  /** What no version does otherwise than another. */
  const testOn = (only: typeof major) => (major === only ? test : test.skip);
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
  });
  afterAll(() => stage?.stop());

  /** By the superuser, also after the server has started anew. */
  const ask = async <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> => {
    const client = new Client(stage.cluster.config('tidy'));
    await client.connect();
    try {
      return (await client.query<T>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  /** One row a page, so that it is large, and quickly made. */
  const createTable = async (name: string, pages = 400) => {
    await ask(`DROP TABLE IF EXISTS ${name}`);
    await ask(
      `CREATE TABLE ${name} (id integer, words text) WITH (fillfactor = 10, autovacuum_enabled = false)`,
    );
    await ask(`INSERT INTO ${name} SELECT g, repeat('${secret} ', 40) FROM generate_series(1, ${pages}) g`);
  };
  const checkOf = async (object: string) => {
    const rows = await ask<Check>(
      `SELECT slot, began_at::text AS began, ended_at::text AS ended, next_block::int AS next, blocks::int,
         faults::int, finding FROM nightshift.integrity_checks WHERE object = $1 ORDER BY tried_at DESC`,
      [object],
    );
    return rows;
  };
  const shift = (table: string, slot: string, settings: typeof integrity = integrity, untilMs = 60_000) =>
    stage.work('integrity', { integrity: settings }, { tables: [table], slot, untilMs });
  /** What became of the table itself. */
  const work = async (...asked: Parameters<typeof shift>) => {
    const { outcomes } = await shift(...asked);
    return outcomes.filter(({ target }) => target === asked[0]);
  };

  test('a table is looked through in ranges, and a run that is cut goes on where it was, in the next slot too', async () => {
    await createTable('long_one');
    const first = await shift('public.long_one', 'one', slow, 2_800);
    expect(first).toMatchObject({ outcomes: [], pending: null, isLeft: true });
    const [cut] = await checkOf('public.long_one');
    expect(cut).toMatchObject({ slot: 'one', ended: null, faults: 0, finding: null });
    expect(cut?.next).toBeGreaterThan(0);
    // 64 blocks a second, and the range that was begun: also where the shift is nearly over.
    expect(cut?.next).toBeLessThanOrEqual(2.8 * 64 + 16);

    // What lies before that place is not read again; what lies behind it is.
    await damageBlocks(stage.cluster.config('tidy'), 'long_one', [0, 300, 301, 399]);
    const second = await work('public.long_one', 'two');
    expect(second).toMatchObject([{ kind: 'check table', status: 'damaged' }]);
    expect(second[0]?.reason).toMatch(
      /^block 300: XX001: invalid page in block 300 of relation \S+ \(the first of 3 faults\)$/,
    );
    const rows = await checkOf('public.long_one');
    expect(rows).toMatchObject([{ slot: 'two', began: cut?.began, next: 400, faults: 3 }]);
    expect(rows[0]?.ended).not.toBeNull();
    expect(JSON.stringify([rows, second])).not.toContain(secret);
  });

  testOn(15)('what was found before the cut is told at once, and kept when the rest is sound', async () => {
    await createTable('early');
    await damageBlocks(stage.cluster.config('tidy'), 'early', [1]);
    const first = await work('public.early', 'one', slow, 2_800);
    expect(first).toMatchObject([{ status: 'damaged' }]);
    expect(first[0]?.reason).toMatch(
      /^block 1: XX001: invalid page in block 1 .*; so far block \d+ of 400 was come to$/,
    );
    const second = await work('public.early', 'two');
    expect(second[0]?.reason).toMatch(/^block 1: XX001: invalid page in block 1 of relation \S+$/);
    expect(await checkOf('public.early')).toMatchObject([{ slot: 'two', next: 400, faults: 1 }]);
  });

  test('where checksums say nothing, amcheck itself names block and item', async () => {
    await createTable('odd', 200);
    await ask('ALTER ROLE nightshift SET ignore_checksum_failure = on');
    await damageBlocks(stage.cluster.config('tidy'), 'odd', [150, 151], 'first row');
    const [outcome] = await work('public.odd', 'one');
    await ask('ALTER ROLE nightshift RESET ignore_checksum_failure');
    expect(outcome?.status).toBe('damaged');
    expect(outcome?.reason).toMatch(
      /^block 150, item 1: tuple data should begin at byte 24, but actually begins at byte 248 .* \(the first of 2 faults\)$/,
    );
  });

  testOn(15)('a table that was rewritten meanwhile is begun anew', async () => {
    await createTable('moved');
    await work('public.moved', 'one', slow, 2_800);
    const [cut] = await checkOf('public.moved');
    expect(cut?.next).toBeGreaterThan(0);
    await ask('VACUUM FULL moved');
    await damageBlocks(stage.cluster.config('tidy'), 'moved', [0]);
    expect(await work('public.moved', 'one')).toMatchObject([{ status: 'damaged' }]);
    const [row] = await checkOf('public.moved');
    expect(row?.began).not.toBe(cut?.began);
    expect(row?.faults).toBe(1);
  });

  testOn(18)('it goes no faster than it may', async () => {
    await createTable('paced', 320);
    // Twenty ranges; after the last there is no rest.
    await work('public.paced', 'one', { ...integrity, paceMiBPerSecond: 2.5 });
    const [row] = await ask<{ seconds: number }>(
      `SELECT extract(epoch FROM ended_at - began_at)::float8 AS seconds FROM nightshift.integrity_checks WHERE object = 'public.paced'`,
    );
    expect(row?.seconds).toBeGreaterThanOrEqual(0.95);
  });

  testOn(18)(
    'the snapshot of one range is not that of the next, and no lock is held between them',
    async () => {
      await createTable('shared_one');
      const working = work('public.shared_one', 'one', slow, 3_500);
      const begins = new Set<string>();
      for (let looks = 0; looks < 200 && begins.size < 3; looks += 1) {
        const [session] = await ask<{ began: string }>(
          `SELECT xact_start::text AS began FROM pg_stat_activity WHERE application_name LIKE 'nightshift db-maintenance%' AND xact_start IS NOT NULL`,
        );
        if (session) begins.add(session.began);
      }
      expect(begins.size).toBe(3);
      await ask('BEGIN; LOCK TABLE shared_one IN ACCESS EXCLUSIVE MODE; COMMIT');
      await working;
    },
  );
});
