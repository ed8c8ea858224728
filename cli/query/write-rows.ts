import { once } from 'node:events';
import type { DuckDBResult, Json } from '@duckdb/node-api';
import { formatTable } from '../table.ts';

export type RowFormat = 'table' | 'json' | 'csv';

/** Rows that a table for people shows at most. */
const shownRows = 1_000;

/** Who was to read the rows has gone. */
class ReaderGone extends Error {}

/**
 * Writes a result as it comes, but for the table, whose widths are known at its end. Ends where nobody reads any more,
 * as in `… --csv | head`.
 */
export async function writeRows(
  result: DuckDBResult,
  format: RowFormat,
  output: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  let gone = false;
  const leave = () => {
    gone = true;
  };
  output.on('error', leave).on('close', leave);
  try {
    await writeForm(result, format, async (text) => {
      if (gone) throw new ReaderGone();
      if (!output.write(text)) await drained(output);
    });
  } catch (error) {
    if (!(error instanceof ReaderGone) && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    output.off('error', leave).off('close', leave);
  }
}

/** Or closed. */
async function drained(output: NodeJS.WritableStream): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    await Promise.race([once(output, 'drain', { signal }), once(output, 'close', { signal })]);
  } finally {
    waiting.abort();
  }
}

async function writeForm(result: DuckDBResult, format: RowFormat, write: Write): Promise<void> {
  const names = result.deduplicatedColumnNames();
  switch (format) {
    case 'csv':
      await write(`${names.map(csvField).join(',')}\r\n`);
      for await (const rows of result.yieldRowsJson()) {
        await write(rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join(''));
      }
      return;
    case 'json':
      return writeJson(result, names, write);
    case 'table':
      return write(await table(result, names));
  }
}

type Write = (text: string) => Promise<void>;

async function writeJson(result: DuckDBResult, names: readonly string[], write: Write): Promise<void> {
  let separator = '[\n';
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) {
      // Not an object of JavaScript, which would put columns called 1 and 2 first.
      const fields = names.map((name, at) => `${JSON.stringify(name)}: ${JSON.stringify(row[at] ?? null)}`);
      await write(`${separator}  {${fields.join(', ')}}`);
      separator = ',\n';
    }
  }
  await write(separator === '[\n' ? '[]\n' : '\n]\n');
}

/** As RFC 4180 says; nothing is NULL, and `""` is an empty text. */
function csvField(value: Json): string {
  if (value === null || value === undefined) return '';
  const text = asText(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function table(result: DuckDBResult, names: readonly string[]): Promise<string> {
  const shown: string[][] = [];
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) {
      if (shown.length === shownRows)
        return `${formatTable(names, shown)}\n… and more: --csv or --json gives all of them.\n`;
      shown.push(row.map((value) => (value === null ? '' : visible(asText(value)))));
    }
  }
  return `${formatTable(names, shown)}\n${shown.length === 1 ? '1 row' : `${shown.length} rows`}\n`;
}

function asText(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A value cannot move the cursor of a terminal, nor break its line. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that a terminal obeys.
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => JSON.stringify(character).slice(1, -1));
}
