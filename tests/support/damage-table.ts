import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '../../shared/verify/finding.ts';

/** One kind of damage, and the finding that tells of it. */
export interface Verdict {
  readonly damage: string;
  readonly finding: Pick<Finding, 'check' | 'status' | 'fact'>;
}

const page = resolve('docs/damage-and-verdict.md');

/**
 * A part of the page of damage and verdict, as the page has it and as these verdicts make it; with
 * NIGHTSHIFT_WRITE_DOCS=1 it is written there first.
 */
export async function damageTable(part: string, verdicts: readonly Verdict[]) {
  const made = formatTable(verdicts);
  const [begin, end] = [`<!-- ${part}: begin -->\n`, `<!-- ${part}: end -->`];
  const text = await readFile(page, 'utf8');
  const [head, rest] = split(text, begin);
  const [written, tail] = split(rest, end);
  if (process.env.NIGHTSHIFT_WRITE_DOCS === '1') {
    await writeFile(page, `${head}${begin}${made}${end}${tail}`);
    return { written: made, made };
  }
  return { written, made };
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${page} lacks the line ${mark.trim()}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function formatTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ damage, finding: { check, status, fact } }) =>
    [damage, check, status, steady(fact)].map((cell) => cell.replaceAll('|', '\\|')).join(' | '),
  );
  return ['damage | found by | status | what it says', '---|---|---|---', ...rows]
    .map((row) => `| ${row} |\n`)
    .join('')
    .replace('| ---|---|---|--- |', '|---|---|---|---|');
}

/** What is another one each time is left out: times, ports, numbers that Postgres and the export gave. */
function steady(fact: string): string {
  return fact
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC/g, '…')
    .replaceAll(/base\/\d+\/\d+/g, 'base/…')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST:PORT')
    .replaceAll(/[0-9a-f]{64}/g, '…')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '…')
    .replaceAll(/\d+ instead of \d+ bytes/g, '… instead of … bytes')
    .replaceAll(/\d[\d.]* h( \d+ min)? ago\b/g, '… ago')
    .replaceAll(/[\d.]+ (hours|minutes)\b/g, '… $1')
    .replaceAll('\n', ' ');
}
