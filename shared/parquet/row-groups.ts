import type { AsyncBuffer, DecodedArray, FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import type { ArchiveColumn } from './archive-columns.ts';
import { MalformedRows } from './archive-errors.ts';
import { columnsOfFile } from './file-schema.ts';
import { decompressPage } from './zstd.ts';

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
  /** Decodes one row group, or the columns of it that are wanted; calls `onPart` until each has had all its rows. */
  readonly readGroup: (
    group: number,
    onPart: (part: ColumnPart) => void,
    wanted?: (column: number) => boolean,
  ) => Promise<void>;
  /** Where the column chunk lies in the file, if it holds nothing but PLAIN byte arrays. */
  readonly plainBytesOf: (group: number, column: number) => ByteRange | undefined;
}

/** From `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
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
    readGroup: (group, onPart, wanted = () => true) =>
      readGroup({ file, metadata: bare, columns, groups, group, wanted }, onPart),
    plainBytesOf: (group, column) => plainBytesOf(metadata, group, column),
  };
}

function plainBytesOf({ row_groups }: FileMetaData, group: number, column: number): ByteRange | undefined {
  const chunk = row_groups[group]?.columns[column]?.meta_data;
  if (chunk?.type !== 'BYTE_ARRAY' || chunk.encodings.some((encoding) => encoding !== 'PLAIN'))
    return undefined;
  const start = Number(chunk.data_page_offset);
  return { start, end: start + Number(chunk.total_compressed_size) };
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
  readonly wanted: (column: number) => boolean;
}

async function readGroup(request: GroupRequest, onPart: (part: ColumnPart) => void): Promise<void> {
  const { file, metadata, columns, groups, group, wanted } = request;
  const rowStart = groups.slice(0, group).reduce((sum, rows) => sum + rows, 0);
  const rows = groups[group] ?? 0;
  const byName = new Map(columns.map(({ name }, index) => [name, index]));
  const rowsRead = columns.map((_column, index) => (wanted(index) ? 0 : rows));
  const names = columns.filter((_column, index) => wanted(index)).map(({ name }) => name);
  if (names.length === 0) return;
  await parquetRead({
    file,
    metadata,
    columns: names,
    rowStart,
    rowEnd: rowStart + rows,
    utf8: false,
    compressors: { ZSTD: decompressPage },
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
