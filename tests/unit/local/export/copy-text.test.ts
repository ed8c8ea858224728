import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { copyFields, copyLines } from '../../../../infra/local/export/copy-text.ts';

/** As the server writes a field in COPY's text format. */
function asCopyField(value: string | null): string {
  if (value === null) return '\\N';
  const letters: Record<string, string> = {
    '\b': 'b',
    '\f': 'f',
    '\n': 'n',
    '\r': 'r',
    '\t': 't',
    '\v': 'v',
    '\\': '\\',
  };
  return value.replace(/[\b\f\n\r\t\v\\]/g, (character) => `\\${letters[character]}`);
}

async function* cutAt(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(bytes: Uint8Array, chunkSize: number) {
  const rows = [];
  for await (const lines of copyLines(cutAt(bytes, chunkSize))) rows.push(...lines.map(copyFields));
  return rows;
}

describe('the text format of COPY', () => {
  test('tells null from the letters that stand for it', () => {
    expect(copyFields('\\N\t\\\\N\t')).toEqual([null, '\\N', '']);
  });

  test('gives back any fields, however the bytes are cut into chunks', async () => {
    const unit = fc.constantFrom(
      'a',
      '\\',
      'N',
      '\n',
      '\t',
      '\r',
      '\v',
      '\b',
      '\f',
      '.',
      'é',
      '🚀',
      '\ufeff',
    );
    const row = fc.array(fc.option(fc.string({ unit })), { minLength: 2, maxLength: 2 });
    const table = fc.array(row, { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, chunkSize) => {
        const bytes = Buffer.from(rows.map((fields) => `${fields.map(asCopyField).join('\t')}\n`).join(''));
        expect(await readAll(bytes, chunkSize)).toEqual(rows);
      }),
    );
  });

  test('refuses to end in the middle of a row', async () => {
    await expect(readAll(Buffer.from('1\t2\n3'), 100)).rejects.toThrow('in the middle of a row');
  });
});
