import type { AsyncBuffer, DecodedArray } from 'hyparquet';
import type { ArchiveColumn } from './archive-columns.ts';
import { MalformedRows } from './archive-errors.ts';
import type { PhysicalValue } from './column-builder.ts';
import { type ArchivedFile, openArchived } from './row-groups.ts';
import { valueText } from './value-text.ts';

/** Text that goes to Postgres at once. */
const CHUNK_CHARACTERS = 256 * 1_024;

/** The columns that a file holds: names for COPY's list, generated ones to be left out of it. */
export async function archivedColumns(file: AsyncBuffer): Promise<readonly ArchiveColumn[]> {
  return (await openArchived(file)).columns;
}

/**
 * An archived file's rows as COPY's text format has them, in the order of `columns`, a row group at a time in memory.
 * Fix the text forms (fixTextForms) where they are read in. Throws MalformedRows for a column that the file lacks.
 */
export async function* toCopyText(
  file: AsyncBuffer,
  columns: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  const archived = await openArchived(file);
  const places = columns.map((name) => placeOf(archived, name));
  for (const [group, rows] of archived.groups.entries()) {
    const values = await readGroup(archived, group, rows);
    let text = '';
    for (let row = 0; row < rows; row++) {
      text += `${places.map(({ column, index }) => field(column, values[index]?.[row])).join('\t')}\n`;
      if (text.length < CHUNK_CHARACTERS) continue;
      yield Buffer.from(text);
      text = '';
    }
    yield Buffer.from(text);
  }
}

function placeOf({ columns }: ArchivedFile, name: string): { column: ArchiveColumn; index: number } {
  const index = columns.findIndex((column) => column.name === name);
  const column = columns[index];
  if (!column) throw new MalformedRows(`Reading an archived file: it has no column ${name}.`);
  return { column, index };
}

async function readGroup({ columns, readGroup }: ArchivedFile, group: number, rows: number) {
  const values: (PhysicalValue | null | undefined)[][] = columns.map(() => new Array(rows));
  await readGroup(
    group,
    ({ column, from, values: part }: { column: number; from: number; values: DecodedArray }) => {
      const all = values[column];
      for (let at = 0; all && at < part.length; at++) all[from + at] = part[at];
    },
  );
  return values;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function field(column: ArchiveColumn, value: PhysicalValue | null | undefined): string {
  if (value === null || value === undefined) return '\\N';
  return valueText(column, value).replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}
