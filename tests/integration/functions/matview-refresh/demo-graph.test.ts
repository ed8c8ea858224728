import { describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { inOrder } from '../../../../functions/matview-refresh/graph.ts';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import { seedDemo } from '../../../../infra/local/demo/seed.ts';
import { startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

describe.each([15, 18] as const)('the demo on Postgres %i', (major) => {
  test('has three views, each after what it reads, which depend on their tables alone', async () => {
    const cluster = await startEmbeddedCluster(major);
    try {
      await cluster.createDatabase('demo');
      await seedDemo({ connection: cluster.config('demo'), passwords: {}, auditRows: 100, patients: 20 });
      const client = new Client(cluster.config('demo'));
      await client.connect();
      const graph = await readGraph(client, { readsAlso: {}, dependsOnClock: {} });
      await client.end();
      const told = inOrder(graph).map(({ schema, name, reads, alwaysBecause, uniqueIndex }) => ({
        view: `${schema}.${name}`,
        reads: reads.map((id) => graph.names[id]).sort(),
        alwaysBecause,
        uniqueIndex,
      }));
      expect(told.filter(({ view }) => view.startsWith('public.'))).toEqual([
        {
          view: 'public.mv_scenario_daily_stats',
          reads: ['public.scenario_logs', 'public.scenario_metrics', 'public.scenarios'],
          alwaysBecause: null,
          uniqueIndex: 'uq_mv_scenario_daily_stats',
        },
        {
          view: 'public.mv_source_analytics',
          reads: ['public.scenario_logs'],
          alwaysBecause: null,
          uniqueIndex: 'uq_mv_source_analytics',
        },
        {
          // Through the plain view v_daily_costs.
          view: 'public.mv_monthly_costs',
          reads: ['public.mv_scenario_daily_stats', 'public.scenarios'],
          alwaysBecause: null,
          uniqueIndex: 'uq_mv_monthly_costs',
        },
      ]);
    } finally {
      await cluster.stop();
    }
  }, 60_000);
});
