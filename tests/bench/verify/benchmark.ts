import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { withScan } from '../../../cli/verify-contents.ts';
import { verifyExportContents } from '../../../shared/export/verify-contents.ts';
import { verifyLastExport } from '../../../shared/export/verify-export.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import { atMost, atMostTimes, type Benchmark, type Measurement, shown } from '../benchmark.ts';
import { type FileServer, startFileServer } from './file-server.ts';
import { bucket, type LargeExport, makeExport, place } from './large-export.ts';

const files = 16;
/** Some 70 MB as GZIP Parquet. */
const usualRowsPerFile = 1_350_000;
const rounds = 5;
const longRounds = 15;

export const benchmark: Benchmark = {
  summary: 'what reading an export back takes: the daily look, and every byte of it',
  async run(say, { rows, long }) {
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const server = await startFileServer(folder);
    try {
      const rowsPerFile = rows === undefined ? usualRowsPerFile : Math.ceil(rows / files);
      say(`making an export of ${files} files with ${rowsPerFile.toLocaleString('en-US')} rows each`);
      const exported = await makeExport(connection, folder, server, { files, rowsPerFile });
      say(`  ${mebibytes(exported.bytes).toFixed(0)} MiB`);
      return [
        shown('the export', mebibytes(exported.bytes), 'MiB'),
        shown('its smallest file', mebibytes(smallest(exported)), 'MiB'),
        ...(await measureCompleteness(server, exported, say)),
        ...(await measureContents({ server, exported, connection }, long ? longRounds : rounds, say)),
      ];
    } finally {
      await server.stop();
      connection.closeSync();
      instance.closeSync();
      await rm(folder, { recursive: true });
    }
  },
};

const mebibytes = (bytes: number) => bytes / 2 ** 20;
const smallest = ({ manifest }: LargeExport) =>
  Math.min(...manifest.tables.flatMap((table) => table.files.map(({ bytes }) => bytes)));

async function measureCompleteness(
  server: FileServer,
  { bytes, manifest }: LargeExport,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const createdAt = Date.parse(manifest.snapshot.createdAt ?? '');
  const options = { now: new Date(createdAt + 3_600_000), exportAgeHours: 26, glacierAfterDays: 30 };
  const read = async (sampleRowGroups: number) => {
    const before = await server.sentBytes();
    const from = performance.now();
    requirePass(await verifyLastExport({ ...place, s3: server.s3 }, { ...options, sampleRowGroups }));
    const seconds = (performance.now() - from) / 1_000;
    say(`completeness, with ${sampleRowGroups} row groups: ${seconds.toFixed(2)} s`);
    return { seconds, percent: (((await server.sentBytes()) - before) / bytes) * 100 };
  };
  const [bare, sampled] = [await read(0), await read(20)];
  return [
    shown('the completeness check without a sample reads', bare.percent, '%'),
    atMost('the completeness check with 20 row groups reads', sampled.percent, '%', 0.5),
    shown('and takes', sampled.seconds, 's'),
  ];
}

interface Contents {
  readonly server: FileServer;
  readonly exported: LargeExport;
  readonly connection: DuckDBConnection;
}

async function measureContents(
  contents: Contents,
  times: number,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const taken = { hashed: [] as number[], scanned: [] as number[], checked: [] as number[] };
  for (let round = 0; round < times; round += 1) {
    taken.hashed.push(await timed(() => promisify(execFile)('sha256sum', contents.exported.paths)));
    taken.scanned.push(await timed(() => scanAll(contents)));
    taken.checked.push(await timed(() => checkAll(contents)));
    say(
      `contents: ${Object.entries(taken)
        .map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)} s`)
        .join(', ')}`,
    );
  }
  // What else the machine does only ever adds: the shortest of each.
  const [hashed, scanned] = [Math.min(...taken.hashed), Math.min(...taken.scanned)];
  return [
    shown('sha256sum', hashed, 's'),
    shown('a scan of DuckDB', scanned, 's'),
    atMostTimes(
      shown('the full content check, beside both one after the other', Math.min(...taken.checked), 's'),
      hashed + scanned,
      1.25,
    ),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

async function scanAll({ connection, exported }: Contents): Promise<void> {
  const list = exported.paths.map((path) => `'${path}'`).join(', ');
  await connection.runAndReadAll(
    `SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM read_parquet([${list}], hive_partitioning = false)`,
  );
}

async function checkAll({ server, exported }: Contents): Promise<void> {
  const findings = await withScan((options) =>
    verifyExportContents({ s3: server.s3, bucket }, exported.manifest, options),
  );
  requirePass(findings);
}

/** What is measured must have done its work. */
function requirePass(findings: readonly Finding[]): void {
  const bad = findings.filter(({ status }) => status !== 'pass');
  if (bad.length > 0) throw new Error(bad.map(({ fact }) => fact).join('\n'));
}
