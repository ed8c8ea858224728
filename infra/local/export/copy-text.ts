const NEWLINE = 0x0a;
const NULL_MARK = '\\N';

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function field(raw: string): string | null {
  if (!raw.includes('\\')) return raw;
  if (raw === NULL_MARK) return null;
  return raw.replace(/\\(.)/gs, (_escape, character: string) => ESCAPES[character] ?? character);
}

/** The fields of one line of COPY's text format, without its newline: Postgres's text forms, or null. */
export function copyFields(line: string): (string | null)[] {
  return line.split('\t').map(field);
}

/**
 * Cuts a stream of COPY text into batches of whole lines. A raw newline byte is always the end of a row, as the
 * format escapes those in values. A value longer than many chunks is put together only once.
 */
export async function* copyLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let pending: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end === -1) {
      pending.push(chunk);
      continue;
    }
    const text = Buffer.concat([...pending, chunk.subarray(0, end)]).toString('utf8');
    pending = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    yield text.split('\n');
  }
  if (pending.length > 0) throw new Error('reading COPY output: it ends in the middle of a row');
}
