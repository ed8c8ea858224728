import { zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, DecodedArray, FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import type { ArchiveColumn } from './archive-columns.ts';
import { MalformedRows } from './archive-errors.ts';
import { columnsOfFile } from './file-schema.ts';

const FOOTER_BYTES = 64 * 1_024;

/** Part of a column of one row group: `values[0]` is of row `from` of the group. */
export interface ColumnPart {
  readonly column: number;
  readonly from: number;
  readonly values: DecodedArray;
}

export interface ArchivedFile {
  readonly columns: readonly ArchiveColumn[];
  /** Rows of each row group. */
  readonly groups: readonly number[];
  /** Decodes one row group; calls `onPart` until every column has had all its rows. */
  readonly readGroup: (group: number, onPart: (part: ColumnPart) => void) => Promise<void>;
}

/** Opens a file that encodeCopy made. Its values come as they are stored: no float for a decimal, no Date, no string. */
export async function openArchived(file: AsyncBuffer): Promise<ArchivedFile> {
  const metadata = await readMetadata(file);
  const columns = columnsOfFile(metadata.key_value_metadata);
  checkSchema(metadata.schema, columns);
  const bare = { ...metadata, schema: metadata.schema.map(withoutMeaning) };
  const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  return {
    columns,
    groups,
    readGroup: (group, onPart) => readGroup({ file, metadata: bare, columns, groups, group }, onPart),
  };
}

async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES, geoparquet: false });
  } catch (cause) {
    throw new MalformedRows(`Reading an archived file: its footer is damaged: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function checkSchema([, ...elements]: readonly SchemaElement[], columns: readonly ArchiveColumn[]): void {
  const same =
    elements.length === columns.length && columns.every(({ name }, index) => elements[index]?.name === name);
  if (!same) throw new MalformedRows('Reading an archived file: its schema and its list of columns differ.');
}

function withoutMeaning({
  name,
  type,
  type_length,
  repetition_type,
  num_children,
}: SchemaElement): SchemaElement {
  return { name, type, type_length, repetition_type, num_children };
}

interface GroupRequest {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly ArchiveColumn[];
  readonly groups: readonly number[];
  readonly group: number;
}

async function readGroup(request: GroupRequest, onPart: (part: ColumnPart) => void): Promise<void> {
  const { file, metadata, columns, groups, group } = request;
  const rowStart = groups.slice(0, group).reduce((sum, rows) => sum + rows, 0);
  const rows = groups[group] ?? 0;
  const byName = new Map(columns.map(({ name }, index) => [name, index]));
  const rowsRead = columns.map(() => 0);
  await parquetRead({
    file,
    metadata,
    rowStart,
    rowEnd: rowStart + rows,
    utf8: false,
    compressors: { ZSTD: (page) => zstdDecompressSync(page) },
    onPage: ({ pathInSchema, columnData, rowStart: pageStart }) => {
      const column = byName.get(pathInSchema[0] ?? '') ?? -1;
      rowsRead[column] = (rowsRead[column] ?? 0) + columnData.length;
      onPart({ column, from: pageStart - rowStart, values: columnData });
    },
  });
  const short = rowsRead.findIndex((read) => read !== rows);
  if (short !== -1) {
    throw new MalformedRows(
      `Reading an archived file: row group ${group} has ${rows} rows, and its column ${columns[short]?.name} ${rowsRead[short]}.`,
    );
  }
}
