import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Connect } from '../../../../functions/audit-archive/archive-slice.ts';
import { fingerprintOf } from '../../../../functions/audit-archive/table-fingerprint.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { type ArchiveBench, openArchiveBench } from '../../../support/archive-bench.ts';
import { killedAt } from '../../../support/killed-connection.ts';
import { action, parent, part, partitionedLog, quoted } from './partitioned-log.ts';

describe.each([15, 18] as const)(
  'whole partitions are detached, copied and dropped (Postgres %i)',
  (major) => {
    let bench: ArchiveBench;
    let log: ReturnType<typeof partitionedLog>;
    beforeAll(async () => {
      bench = await openArchiveBench(major);
      log = partitionedLog(bench);
    });
    afterAll(() => bench?.stop());
    beforeEach(() => log.fill());

    test('each month of each is a file, and the ledger knows the partition', async () => {
      await expect(log.run()).resolves.toEqual({ end: 'emptied', kept: {} });
      await log.expectBothTaken();
      expect(
        await log.query(`SELECT rows::int, partition_name, oldest::date::text AS oldest,
        regexp_replace(object_key, '^archive/bench/|db-BENCH-\\d+-[0-9a-f]+.parquet$', '', 'g') AS place
        FROM nightshift.archive_batches ORDER BY id`),
      ).toEqual([
        {
          rows: 1,
          partition_name: 'public."p 2024-01"',
          oldest: '2023-12-31',
          place: 'public.ol%22d%3B%20log/year=2023/month=12/',
        },
        {
          rows: 31,
          partition_name: 'public."p 2024-01"',
          oldest: '2024-01-01',
          place: 'public.ol%22d%3B%20log/year=2024/month=01/',
        },
        {
          rows: 29,
          partition_name: 'public."p 2024-02"',
          oldest: '2024-02-01',
          place: 'public.ol%22d%3B%20log/year=2024/month=02/',
        },
      ]);
    });

    test('beside a default partition it is a plain DETACH, again and again until nobody is in the way', async () => {
      await log.query(`CREATE TABLE "p default" PARTITION OF ${parent} DEFAULT`);
      await withConnection(bench.cluster.config('postgres'), async (reader) => {
        await reader.query(`BEGIN; SELECT count(*) FROM ${parent}`);
        const running = log.run();
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        await reader.query('COMMIT');
        await expect(running).resolves.toEqual({ end: 'emptied', kept: {} });
      });
      await log.query('DROP TABLE "p default"');
      await log.expectBothTaken();
    });

    test('a DETACH CONCURRENTLY that was interrupted while it waited is finished by the next run', async () => {
      await withConnection(bench.cluster.config('postgres'), async (reader) => {
        await reader.query(`BEGIN; SELECT count(*) FROM ${parent}`);
        const running = expect(log.run()).rejects.toThrow(/57014|canceling/);
        await until(
          async () => (await log.query('SELECT FROM pg_inherits WHERE inhdetachpending')).length === 1,
        );
        await log.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'ALTER%CONCURRENTLY'`,
        );
        await running;
        await reader.query('COMMIT');
      });
      expect(await log.liveIds()).toHaveLength(89);
      // Nothing but what was begun: the policy asks for no partition any more.
      await expect(log.run({ ...action, partitions: [] })).resolves.toEqual({ end: 'emptied', kept: {} });
      expect(await log.tables()).toEqual([2, 3, 99]);
      await log.run();
      await log.expectBothTaken();
    });

    async function until(holds: () => Promise<boolean>): Promise<void> {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
    }

    test('one that somebody else has begun to detach is left to him', async () => {
      await withConnection(bench.cluster.config('postgres'), async (reader) => {
        await reader.query(`BEGIN; SELECT count(*) FROM ${parent}`);
        const detaching = withConnection(bench.cluster.config('postgres'), async (other) => {
          await other.query(`SET lock_timeout = '300ms'`);
          await other.query(`ALTER TABLE ${parent} DETACH PARTITION ${quoted('2024-01')} CONCURRENTLY`);
        });
        await expect(detaching).rejects.toThrow(/lock timeout/);
        await reader.query('COMMIT');
      });
      await expect(log.run()).rejects.toThrow(/DETACH CONCURRENTLY that is not Nightshift's.*FINALIZE/);
      expect(await log.tables()).toEqual([1, 2, 3, 99]);
    });

    test.each([
      [
        'rows that are on hold',
        { holds: [`"at" >= '2024-01-05' AND "at" < '2024-01-06'`] },
        'it holds rows that are on hold',
      ],
      [
        'rows that are not old enough',
        { cutoff: '2024-01-20T00:00:00.000Z' },
        'it holds rows that are not old enough',
      ],
    ])(
      'with %s a partition stays, and one that is out already is given back',
      async (_what, change, reason) => {
        const only = { ...action, partitions: [part('2024-01')] };
        const expected = { end: 'emptied', kept: { 'public."p 2024-01"': reason } };
        await expect(log.run({ ...only, ...change })).resolves.toEqual(expected);
        expect(await log.liveIds()).toHaveLength(121);
        const killed = killedAt(bench.connect, 20, 'before');
        await expect(log.run(only, killed.connect)).rejects.toThrow();
        expect(await log.liveIds()).toHaveLength(89);
        await expect(log.run({ ...only, ...change })).resolves.toEqual(expected);
        expect(await log.liveIds()).toHaveLength(121);
        expect(
          await log.query(`SELECT obj_description('${quoted('2024-01')}'::regclass, 'pg_class') AS comment`),
        ).toEqual([{ comment: 'the "first"' }]);
        await log.run();
        await log.expectBothTaken();
      },
    );

    test('what a view still reads is not detached, and what somebody has detached himself is not dropped', async () => {
      await log.query(`CREATE VIEW reader AS SELECT * FROM ${quoted('2024-01')}`);
      await log.query(`ALTER TABLE ${parent} DETACH PARTITION ${quoted('2024-02')}`);
      const { kept } = await log.run();
      expect(kept['public."p 2024-01"']).toMatch(/other objects depend on it: rule _RETURN on view reader/);
      expect(kept['public."p 2024-02"']).toMatch(/it is no partition of public."ol""d; log" any more/);
      expect(await log.tables()).toEqual([1, 2, 3, 99]);
      await log.query('DROP VIEW reader');
    });

    test('another table that is missing is an error, and does not make the partition gone; the error says where its rows are', async () => {
      await log.query(/* sql */ `
        CREATE FUNCTION note_drop() RETURNS event_trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO no_such_log VALUES (1); END $$;
        CREATE EVENT TRIGGER note_drops ON sql_drop EXECUTE FUNCTION note_drop()`);
      const failing = log.run({ ...action, partitions: [part('2024-01')] });
      await expect(failing).rejects.toThrow(
        /42P01.*no_such_log.*; its rows are in public\."p 2024-01", detached, and not visible in public\."ol""d; log" until the next run takes or gives it back/,
      );
      expect(await log.tables()).toEqual([1, 2, 3, 99]);
      await log.query('DROP EVENT TRIGGER note_drops; DROP FUNCTION note_drop');
      await log.run();
      await log.expectBothTaken();
    });

    test('one with a row that does not fit into memory stays a partition, and the others are taken', async () => {
      await log.query(`UPDATE ${parent} SET note = repeat('x', 25 * 1024 * 1024) WHERE id = 40`);
      await expect(log.run()).resolves.toEqual({
        end: 'emptied',
        kept: { 'public."p 2024-02"': 'it holds rows larger than 24 MB' },
        tooLarge: 1,
      });
      expect(await log.liveIds()).toContain(40);
      expect(await log.query('SELECT DISTINCT partition_name FROM nightshift.archive_batches')).toEqual([
        { partition_name: 'public."p 2024-01"' },
      ]);
      await log.query(`UPDATE ${parent} SET note = 'short' WHERE id = 40`);
      await log.run();
      await log.expectBothTaken();
    });

    test('of a large one, the oldest rows go batch by batch before the rest goes at once', async () => {
      const small = { ...action, policy: { ...action.policy, batchRows: 1 } };
      await log.query(
        `INSERT INTO ${quoted('2024-01')} SELECT 1000 + n, '2024-01-30' FROM generate_series(1, 25) n`,
      );
      const fingerprints = { [small.target]: await fingerprintOf(bench.client, small.policy.source) };
      await log.run(small, bench.connect, { fingerprints });
      expect(
        await log.query(
          'SELECT partition_name IS NULL AS by_rows, count(*)::int, sum(rows)::int FROM nightshift.archive_batches GROUP BY 1 ORDER BY 1',
        ),
      ).toEqual([
        { by_rows: false, count: 2, sum: 79 },
        { by_rows: true, count: 7, sum: 7 },
      ]);
      expect(await log.tables()).toEqual([3, 99]);
    });

    test('a DETACH that does not begin leaves no mark: what its owner then detaches is his', async () => {
      const comment = () =>
        log.query(`SELECT obj_description('${quoted('2024-01')}'::regclass, 'pg_class') AS comment`);
      const only = { ...action, partitions: [part('2024-01')] };
      const refused: Connect = (use) =>
        bench.connect((client) => {
          const query = client.query.bind(client) as (...rest: unknown[]) => unknown;
          const ended = (...rest: unknown[]) =>
            /CONCURRENTLY$/.test(String(rest[0]))
              ? query(`SET statement_timeout = 1; SELECT pg_sleep(1)`)
              : query(...rest);
          return use(Object.assign(client, { query: ended }));
        });
      await expect(log.run(only, refused)).rejects.toThrow(/57014/);
      expect(await comment()).toEqual([{ comment: 'the "first"' }]);
      await log.query(`ALTER TABLE ${parent} DETACH PARTITION ${quoted('2024-01')}`);
      const { kept } = await log.run(only);
      expect(kept).toEqual({
        'public."p 2024-01"': 'it is no partition of public."ol""d; log" any more',
      });
      expect(await log.tables()).toEqual([1, 2, 3, 99]);
    });

    test('a mark that another run took away while this one detached is put back', async () => {
      const only = { ...action, partitions: [part('2024-01')] };
      const unmarked: Connect = (use) =>
        bench.connect((client) => {
          const query = client.query.bind(client) as (...rest: unknown[]) => unknown;
          const unmark = `COMMENT ON TABLE ${quoted('2024-01')} IS 'the "first"'`;
          const taken = (...rest: unknown[]) =>
            /CONCURRENTLY$/.test(String(rest[0]))
              ? log.query(unmark).then(() => query(...rest))
              : query(...rest);
          return use(Object.assign(client, { query: taken }));
        });
      await expect(log.run(only, unmarked)).resolves.toEqual({ end: 'emptied', kept: {} });
      expect(await log.tables()).toEqual([2, 3, 99]);
    });

    test('two runs at once take each partition once', async () => {
      const ends = await Promise.allSettled([
        log.run(),
        log.run(action, bench.connect, { thread: undefined }),
      ]);
      expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
      await log.run();
      await log.expectBothTaken();
    });
  },
);
