import { openArchiveBench } from '../../support/archive-bench.ts';
import type { Benchmark } from '../benchmark.ts';
import { measureExport } from './export-alone.ts';
import { measureJobMemory } from './job-memory.ts';
import { measureMemory } from './memory.ts';
import { makeTables } from './tables.ts';
import { measureWholeJob } from './whole-job.ts';

const usualRows = 2_000_000;

export const benchmark: Benchmark = {
  summary: 'how fast rows become Parquet, beside COPY itself and beside what people do',
  async run(say, { rows = usualRows, long }) {
    const bench = await openArchiveBench();
    try {
      const connection = bench.cluster.config('postgres');
      say(`seeding ${rows.toLocaleString('en-US')} audit rows`);
      await makeTables(connection, rows);
      return [
        ...(await measureExport(connection, rows, say)),
        ...(await measureWholeJob(bench, rows, say)),
        ...(await measureMemory(connection, { rows, long }, say)),
        ...(await measureJobMemory(bench, { rows, long }, say)),
      ];
    } finally {
      await bench.stop();
    }
  },
};
