import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { amcheck } from '../../../../../functions/restore-drill/questions/amcheck.ts';
import { withAmcheck } from '../../../../../functions/restore-drill/questions/amcheck-extension.ts';
import { readTargets } from '../../../../../functions/restore-drill/questions/amcheck-targets.ts';
import { verifyPiece } from '../../../../../functions/restore-drill/questions/amcheck-verify.ts';
import { blockSlices } from '../../../../../functions/restore-drill/questions/block-slices.ts';
import { countSlice } from '../../../../../functions/restore-drill/questions/count-rows.ts';
import { readRelations } from '../../../../../functions/restore-drill/questions/relations.ts';
import { rowCounts } from '../../../../../functions/restore-drill/questions/row-counts.ts';
import { overConnections } from '../../../../../functions/restore-drill/questions/several-connections.ts';
import { type DrillCluster, foundAfter, startDrillCluster } from './drill-cluster.ts';

let cluster: DrillCluster;

beforeAll(async () => {
  cluster = await startDrillCluster();
});
afterAll(() => cluster?.stop());

test('the slices of a table together have its rows, each once', async () => {
  const { connect } = cluster.asking('demo');
  await connect(async (client) => {
    const relation = (await readRelations(client)).find(({ name }) => name === 'scenario_logs');
    if (!relation) throw new Error('The demo has no scenario_logs.');
    expect(relation.blocks).toBeGreaterThan(3);
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM scenario_logs');
    for (const sliceBlocks of [1, 2, relation.blocks, 1_000]) {
      const counts: unknown[] = [];
      for (const slice of blockSlices(relation.blocks, sliceBlocks)) {
        const counted = await countSlice(client, relation, slice);
        if (counted.kind === 'refused') throw new Error(counted.words);
        counts.push(counted.result);
      }
      expect(counts.map(Number).reduce((sum, count) => sum + count, 0)).toBe(rows[0]?.n);
    }
  });
});

test('a slice is read by its place in the table: nothing else of the table is', async () => {
  const { connect } = cluster.asking('demo');
  await connect(async (client) => {
    const { rows } = await client
      .query<{ 'QUERY PLAN': string }>(`SET enable_indexscan = off; SET enable_bitmapscan = off`)
      .then(() =>
        client.query(
          `EXPLAIN SELECT count(*) FROM ONLY scenario_logs AS t WHERE t.ctid >= '(1,0)' AND t.ctid < '(2,0)'`,
        ),
      );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('Tid Range Scan');
  });
});

test('amcheck looks through the blocks of a slice', async () => {
  const { connect } = cluster.asking('demo');
  await connect((client) =>
    withAmcheck(client, async ({ amcheck }) => {
      if (!amcheck) throw new Error('amcheck is missing.');
      const table = (await readTargets(client)).find(({ relation }) => relation.name === 'scenario_logs');
      if (!table) throw new Error('The demo has no scenario_logs.');
      for (const slice of blockSlices(table.bytes / 8_192, 2)) {
        expect(await verifyPiece(client, { amcheck, whose: new Map() }, { ...table, slice })).toBeUndefined();
      }
    }),
  );
});

test('work over several connections is answered in its order; its first error is thrown, and ends the rest', async () => {
  const { connect } = cluster.asking('demo');
  const items = [5, 4, 3, 2, 1];
  const pids = new Set<number>();
  const doubled = await overConnections(connect, { items, connections: 3 }, async (client, item) => {
    const { rows } = await client.query<{ pid: number; twice: number }>(
      'SELECT pg_backend_pid() AS pid, $1::int * 2 AS twice FROM pg_sleep(0.05)',
      [item],
    );
    pids.add(rows[0]?.pid ?? 0);
    return rows[0]?.twice;
  });
  expect(doubled).toEqual([10, 8, 6, 4, 2]);
  expect(pids.size).toBe(3);
  const begun: number[] = [];
  const failing = overConnections(connect, { items, connections: 1 }, async (client, item) => {
    begun.push(item);
    await client.query('SELECT 1 / ($1::int - 4)', [item]);
  });
  await expect(failing).rejects.toThrow(/22012/);
  expect(begun).toEqual([5, 4]);
});

test('what is not begun in time is told, and neither passes nor fails', async () => {
  const asking = cluster.asking('demo', { secondsLeft: () => 119 });
  for (const question of [amcheck, rowCounts]) {
    const { findings } = await question.ask(asking);
    expect(findings[0]).toMatchObject({
      status: 'warn',
      fact: expect.stringMatching(/The time for this question was over before it was begun\.$/),
    });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(findings.filter(({ status }) => status === 'pass')).toEqual([]);
  }
});

test('a piece that was begun late ends before its question is given up, and what was found by then is kept', async () => {
  const long = 'CREATE TABLE long AS SELECT n FROM generate_series(1, 2000000) AS n';
  // There is time to begin each piece; once it has begun, 12 ms are left until it must have ended.
  const secondsLeft = () => {
    looks += 1;
    return looks % 2 === 1 ? 121 : 20.012;
  };
  let looks = 0;
  const amcheckOne = { share: 1, connections: 1 };
  for (const question of [amcheck, rowCounts]) {
    const told = await foundAfter(cluster, long, question, {
      secondsLeft,
      questions: { amcheck: amcheckOne },
    });
    expect(told).toContainEqual(expect.stringMatching(/^warn: .*public\.long.* 57014/));
    expect(told.at(-1)).toMatch(/^(pass|no baseline): /);
    expect(told.filter((line) => line.startsWith('fail'))).toEqual([]);
  }
});

test('indexes that amcheck cannot look through are not passed over in silence', async () => {
  const odd =
    'CREATE TABLE odd (tags text[]); CREATE INDEX odd_tags ON odd USING gin (tags); CREATE INDEX odd_hash ON odd USING hash (tags)';
  const [found] = await foundAfter(cluster, odd, amcheck);
  expect(found).toMatch(/^pass: .* Not looked through, since amcheck cannot: .*\d+ gin.*\d+ hash.*\.$/);
});
