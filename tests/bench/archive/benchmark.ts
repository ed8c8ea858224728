import { startEmbeddedCluster } from '../../support/embedded-cluster.ts';
import type { Benchmark } from '../benchmark.ts';
import { measureExport } from './export-alone.ts';
import { measureMemory } from './memory.ts';
import { makeTables } from './tables.ts';

const usualRows = 2_000_000;

export const benchmark: Benchmark = {
  summary: 'how fast rows become Parquet, beside COPY itself and beside what people do',
  async run(say, { rows = usualRows, long }) {
    const cluster = await startEmbeddedCluster();
    try {
      await cluster.createDatabase('demo');
      const connection = cluster.config('demo');
      say(`seeding ${rows.toLocaleString('en-US')} audit rows`);
      await makeTables(connection, rows);
      return [
        ...(await measureExport(connection, rows, say)),
        ...(await measureMemory(connection, { rows, long }, say)),
      ];
    } finally {
      await cluster.stop();
    }
  },
};
