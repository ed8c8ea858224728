import type { S3Client } from '@aws-sdk/client-s3';
import type { FileMetaData } from 'hyparquet';
import { PreconditionError, ProofError } from '../job/errors.ts';
import { decodeColumn, type StoredValue, withoutMeanings } from '../parquet/decode-column.ts';
import { describeFooter, type FooterColumn } from '../parquet/footer.ts';
import type { ManifestFile } from './export-manifest.ts';
import { isFaultOfFetching, openExportFile } from './open-file.ts';

/** Text that goes to Postgres at once. */
const chunkCharacters = 256 * 1_024;

export interface ExportedRows {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly files: readonly ManifestFile[];
}

/** The columns that a file holds, by a look at its footer. */
export async function exportedColumns(
  { s3, bucket }: Pick<ExportedRows, 's3' | 'bucket'>,
  file: ManifestFile,
): Promise<string[]> {
  const { metadata } = await open(s3, bucket, file);
  return describeFooter(metadata).columns.map(({ name }) => name);
}

/**
 * Rows of exported files as COPY's text format has them, in the order of `columns`, a row group at a time in memory; the
 * next one is fetched when the reader asks for more. Throws ProofError where a file is damaged.
 */
export async function* exportCopyText(
  { s3, bucket, files }: ExportedRows,
  columns: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  for (const file of files) {
    const opened = await open(s3, bucket, file);
    const metadata = withoutMeanings(opened.metadata);
    const texts = textForms(file.key, opened.metadata, columns);
    for (const [group, { num_rows }] of metadata.row_groups.entries()) {
      const values: StoredValue[][] = [];
      for (const column of columns) {
        values.push(
          await damageIsTold(file.key, () => decodeColumn({ file: opened.file, metadata, group, column })),
        );
      }
      yield* lines(values, texts, Number(num_rows));
    }
  }
}

function* lines(values: readonly StoredValue[][], texts: readonly TextForm[], rows: number) {
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    for (const [index, form] of texts.entries()) {
      const value = values[index]?.[row] ?? null;
      text += `${index === 0 ? '' : '\t'}${value === null ? '\\N' : form(value)}`;
    }
    text += '\n';
    if (text.length < chunkCharacters) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

type TextForm = (value: Exclude<StoredValue, null>) => string;

/** What Postgres reads for each type that an export writes; most types were text in Postgres's own form already. */
const forms: ReadonlyMap<string, TextForm> = new Map<string, TextForm>([
  ['INT64', String],
  ['INT32', String],
  ['INT32/INT_16', String],
  ['DOUBLE', floatText],
  ['FLOAT', floatText],
  ['BOOLEAN', (value) => (value ? 't' : 'f')],
  ['BYTE_ARRAY', (value) => `\\\\x${Buffer.from(value as Uint8Array).toString('hex')}`],
  ['BYTE_ARRAY/UTF8', (value) => escaped(utf8.decode(value as Uint8Array))],
]);

function textForms(key: string, metadata: FileMetaData, columns: readonly string[]): TextForm[] {
  const byName = new Map(describeFooter(metadata).columns.map((column) => [column.name, column]));
  return columns.map((name) => textForm(key, name, byName.get(name)));
}

function textForm(key: string, name: string, column: FooterColumn | undefined): TextForm {
  if (!column) throw new ProofError(`${key} has no column ${name}, and another file of the same table has.`);
  const form = forms.get(column.type);
  if (form) return form;
  throw new PreconditionError(
    `${key} stores its column ${name} as ${column.type}, which no export of RDS does: it cannot be read back.`,
  );
}

function floatText(value: Exclude<StoredValue, null>): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

// A byte order mark is a character of the value like any other.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(text: string): string {
  return text.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character);
}

async function open(s3: S3Client, bucket: string, { key, bytes }: ManifestFile) {
  const opened = await openExportFile(s3, { bucket, key, sizeBytes: bytes });
  switch (opened.kind) {
    case 'open':
      return opened;
    case 'broken':
      throw damaged(key, opened.fault);
    case 'frozen':
      throw new PreconditionError(
        `s3://${bucket}/${key} lies in Glacier and cannot be read. \`nightshift restore export\` thaws the files of a table.`,
      );
  }
}

async function damageIsTold<T>(key: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw isFaultOfFetching(error) ? error : damaged(key, (error as Error).message);
  }
}

function damaged(key: string, fault: string): ProofError {
  return new ProofError(
    `${key} is damaged: ${fault}. Look for the right version of it among the bucket's earlier ones.`,
  );
}
