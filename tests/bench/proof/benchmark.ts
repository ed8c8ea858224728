import type { Evidence, ProvenFile } from '../../../functions/snapshot-export/evidence.ts';
import { proveExport } from '../../../functions/snapshot-export/proof.ts';
import {
  boundsOf,
  fileOf,
  foldersOf,
  schemaOf,
  tableOf,
  wholeExport,
} from '../../support/export-evidence.ts';
import { atMostTimes, type Benchmark, type Measurement, shown } from '../benchmark.ts';

const filesPerTable = 10;
const fewTables = 1_000;
const manyTables = 10_000;
const rounds = 25;
const wantedRatio = 2;

export const benchmark: Benchmark = {
  summary: 'how long the proof of an export takes, in a large database beside a small one',
  async run(say) {
    return [
      ...compare('a whole export', exportOf, say),
      ...compare('an adopted snapshot’s export', (tables) => adopted(exportOf(tables)), say),
      ...compare(
        'an export without any folder',
        (tables) => ({ ...exportOf(tables), folders: [], files: [] }),
        say,
      ),
    ];
  },
};

function compare(
  what: string,
  evidenceOf: (tables: number) => Evidence,
  say: (line: string) => void,
): Measurement[] {
  say(`proving ${what}, of ${fewTables} and of ${manyTables} tables with ${filesPerTable} files each`);
  // As many tables and files in all, so that memory and its caches cost both the same.
  const small = Array.from({ length: manyTables / fewTables }, () => evidenceOf(fewTables));
  const { few, many } = microsecondsPerTable(small, [evidenceOf(manyTables)]);
  return [
    shown(`${what}, ${small.length} times ${fewTables} tables`, few, 'µs/table'),
    atMostTimes(shown(`${what}, ${manyTables} tables`, many, 'µs/table'), few, wantedRatio),
  ];
}

/** The shortest of several rounds, in turns: what else the machine does only ever adds. */
function microsecondsPerTable(small: readonly Evidence[], large: readonly Evidence[]) {
  const taken = Array.from({ length: rounds }, () => ({ few: measure(small), many: measure(large) }));
  return {
    few: Math.min(...taken.map(({ few }) => few)),
    many: Math.min(...taken.map(({ many }) => many)),
  };
}

function measure(exports: readonly Evidence[]): number {
  const from = performance.now();
  for (const evidence of exports) proveExport(evidence);
  return ((performance.now() - from) * 1_000) / manyTables;
}

function exportOf(tables: number): Evidence {
  const names = Array.from({ length: tables }, (_, index) => `table_${index}`);
  return {
    ...wholeExport,
    schema: schemaOf(names.map((name) => tableOf(name))),
    sizes: names.map((table) => ({ schema: 'public', table, estimatedRows: 10, sizeBytes: 8_192 })),
    knownBefore: new Set(names.map((name) => `public.${name}`)),
    folders: foldersOf(...names.map((name) => `public.${name}`)),
    files: names.flatMap(filesOf),
    metadata: { ...wholeExport.metadata, targets: names.map((name) => `shop.public.${name}`) },
    bounds: names.map((name) => boundsOf(name, filesPerTable, filesPerTable)),
  };
}

function filesOf(table: string): ProvenFile[] {
  return Array.from({ length: filesPerTable }, (_, index) =>
    fileOf(`public.${table}`, 1, `1/part-${index}.parquet`),
  );
}

function adopted(evidence: Evidence): Evidence {
  return { ...evidence, bounds: undefined, knownBefore: undefined, schemaIsOfTheSnapshot: false };
}
