import { tableFolder } from '../../shared/export/export-layout.ts';
import type { Evidence, Findings } from './evidence.ts';
import type { ExpectedTable } from './expected-tables.ts';
import { type Basis, rowJudge } from './judge-rows.ts';

export interface ProvenTable {
  readonly folder: string;
  /** Empty where no table was expected in the folder. */
  readonly tables: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  /** What the rows were held against, and how that went. */
  readonly against: Basis;
}

interface JudgedFolder extends Findings {
  readonly proven: ProvenTable;
}

/** Judges what lies in each folder: those of expected tables, and every other one that holds files. */
export function judgeFolders(expected: readonly ExpectedTable[], evidence: Evidence): JudgedFolder[] {
  const placed = Map.groupBy(expected.filter(isPlaced), ({ folder }) => folder);
  const measure = measureFolders(evidence);
  const judgeRows = rowJudge(evidence);
  const judged = [...placed].map(([folder, units]) => {
    const tables = units.map(({ name }) => name);
    const measured = measure(folder);
    const { against, fault, note } = judgeRows(measured.rows, tables);
    return {
      proven: { folder, tables, ...measured, against },
      faults: fault ? [`${folder}: ${fault}`] : [],
      notes: note ? [`${folder}: ${note}`] : [],
    };
  });
  return [...judged, ...judgeOthers(evidence, new Set(placed.keys()), measure)];
}

type Placed = ExpectedTable & { readonly folder: string };
const isPlaced = (table: ExpectedTable): table is Placed => table.folder !== undefined;

type Measured = Pick<ProvenTable, 'rows' | 'bytes' | 'files'>;

function measureFolders({ files }: Evidence): (folder: string) => Measured {
  const byFolder = new Map<string, { rows: number; bytes: number; files: number }>();
  for (const { folder, rows, bytes } of files) {
    const measured = byFolder.get(folder) ?? { rows: 0, bytes: 0, files: 0 };
    byFolder.set(folder, measured);
    measured.rows += rows;
    measured.bytes += bytes;
    measured.files += 1;
  }
  return (folder) => byFolder.get(folder) ?? { rows: 0, bytes: 0, files: 0 };
}

/** Their tables were dropped meanwhile, or belong to an extension: nothing to hold them against, and worth keeping. */
function judgeOthers(
  { folders, schema }: Evidence,
  expected: ReadonlySet<string>,
  measure: (folder: string) => Measured,
): JudgedFolder[] {
  const known = new Set(schema.tables.map((table) => tableFolder(table.schema, table.name)));
  return folders
    .map(({ folder }) => ({
      proven: { folder, tables: [], ...measure(folder), against: 'no counts' as const },
      faults: [],
      notes: known.has(folder)
        ? [`${folder}: in the export, and no table was expected in it`]
        : [`${folder}: in the export, and not in the schema that was saved`],
    }))
    .filter(({ proven }) => !expected.has(proven.folder))
    .filter(({ proven }) => proven.files > 0 || !known.has(proven.folder));
}
