import type { ArchiveColumn } from '../parquet/archive-columns.ts';

/** Columns of one archived file, or of a table; null for a table that is not there. */
export type Columns = readonly ArchiveColumn[];

export interface KnownColumns {
  readonly files: readonly Columns[];
  /** Of the table that rows came from. */
  readonly source: Columns | null;
  /** Of the table that rows go into. */
  readonly target: Columns | null;
}

export interface ColumnPlan {
  /** What the target is created of, where it is not there. */
  readonly create: readonly { readonly name: string; readonly type: string }[];
  /** Names to load, of each file in its turn. */
  readonly load: readonly (readonly string[])[];
  /** Columns of the source, with the number of files that lack them. */
  readonly omitted: readonly { readonly name: string; readonly files: number }[];
  /** Columns that hold the SHA-256 of what was there, in hex. */
  readonly hashed: readonly string[];
  /** Columns that the target computes by itself. */
  readonly generated: readonly string[];
  /** Why the target cannot take the files. */
  readonly faults: readonly string[];
}

/** How files of perhaps several shapes go into one table. Every column of a file has its place, or is a fault. */
export function planColumns(known: KnownColumns): ColumnPlan {
  const { files, source, target } = known;
  const names = [...new Set([...(source ?? []), ...files.flat()].map(({ name }) => name))];
  const archived = names.filter((name) => files.some((file) => has(file, name)));
  const hashed = archived.filter((name) => files.some((file) => column(file, name)?.selected === 'hash'));
  const generated = (target ?? []).filter((one) => one.generated && archived.includes(one.name));
  const left = new Set(generated.map(({ name }) => name));
  return {
    create: target ? [] : archived.map((name) => ({ name, type: typeOf(name, known, hashed) })),
    load: files.map((file) => file.map(({ name }) => name).filter((name) => !left.has(name))),
    omitted: (source ?? [])
      .map(({ name }) => ({ name, files: files.filter((file) => !has(file, name)).length }))
      .filter(({ files: count }) => count > 0),
    hashed,
    generated: [...left],
    faults: target ? faultsOf(target, archived, hashed) : [],
  };
}

const column = (columns: Columns, name: string) => columns.find((one) => one.name === name);
const has = (columns: Columns, name: string) => column(columns, name) !== undefined;

/** As the source has it now; where it has it no more, as the newest file says. */
function typeOf(name: string, { source, files }: KnownColumns, hashed: readonly string[]): string {
  if (hashed.includes(name)) return 'text';
  const newest = files.findLast((file) => has(file, name)) ?? [];
  return (column(source ?? [], name) ?? column(newest, name))?.postgresType ?? 'text';
}

const texts = /^(text|character varying|"?char)/;

function faultsOf(target: Columns, archived: readonly string[], hashed: readonly string[]): string[] {
  const missing = archived.filter((name) => !has(target, name));
  const narrow = hashed.filter((name) => !texts.test(column(target, name)?.postgresType ?? 'text'));
  return [
    ...missing.map((name) => `it has no column ${name}`),
    ...narrow.map((name) => `its ${name} is no text, and the archive holds hashes in its place`),
  ];
}
