import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Amcheck } from './amcheck-extension.ts';
import type { AmcheckTarget } from './amcheck-targets.ts';
import { ranOutOfTime, tried } from './tried.ts';

/** What was found, and in which relation: an index cannot be checked either where its table is damaged. */
export interface Unsound {
  readonly oid: string;
  readonly finding: Finding;
}

/** Undefined where the piece is sound. `whose` tells what a file in an error's words belongs to. */
export async function verifyPiece(
  client: Client,
  { amcheck, whose }: { readonly amcheck: Amcheck; readonly whose: ReadonlyMap<string, AmcheckTarget> },
  target: AmcheckTarget,
): Promise<Unsound | undefined> {
  let place: string | undefined;
  const verified = await tried(`Checking ${target.title}`, async () => {
    try {
      return target.kind === 'index'
        ? await verifyIndex(client, amcheck, target)
        : await verifyTable(client, amcheck, target);
    } catch (error) {
      place = placeIn(error);
      throw error;
    }
  });
  if (verified.kind === 'done') return verified.result && damaged(amcheck, target, verified.result);
  if (ranOutOfTime(verified.state)) return unchecked(target, verified.words);
  const culprit = whose.get(fileIn(verified.words)) ?? target;
  return damaged(amcheck, culprit, { place, words: verified.words });
}

/** Of a table: its file, without what marks its further parts and its maps. */
function fileIn(words: string): string {
  const [path = ''] = /\b(?:base|global|pg_tblspc)\/[\w./]*\w/.exec(words) ?? [];
  return path.replace(/(?:\.\d+)?(?:_(?:vm|fsm|init))?(?:\.\d+)?$/, '');
}

interface Damage {
  /** `block 3`, where it is known. */
  readonly place: string | undefined;
  readonly words: string;
}

/** It reports by raising. */
async function verifyIndex(
  client: Client,
  { checkIndex, checksUnique }: Amcheck,
  { oid }: AmcheckTarget,
): Promise<undefined> {
  const unique = checksUnique ? ', checkunique => true' : '';
  await client.query(`SELECT ${checkIndex}(index => $1::oid::regclass, heapallindexed => true${unique})`, [
    oid,
  ]);
}

async function verifyTable(
  client: Client,
  { checkTable }: Amcheck,
  { oid, slice }: AmcheckTarget,
): Promise<Damage | undefined> {
  const { rows } = await client.query<{ block: string; offset: number | null; words: string }>(
    // All faults of a damaged table may be millions; it gives those of one block, and stops.
    /* sql */ `SELECT blkno::text AS block, offnum AS offset, msg AS words
                 FROM ${checkTable}(relation => $1::oid::regclass, on_error_stop => true, check_toast => true,
                                    startblock => $2::bigint, endblock => $3::bigint) LIMIT 1`,
    // An empty table has no block 0 to begin at.
    [oid, slice?.from || null, slice?.to ? slice.to - 1 : null],
  );
  const [found] = rows;
  if (!found) return undefined;
  const row = found.offset === null ? '' : `, row ${found.offset} of it`;
  return { place: `block ${found.block}${row}`, words: `amcheck says: ${found.words}` };
}

/** Numbers of blocks in the words and in the detail of an error; nothing else of the detail is passed on. */
function placeIn(error: unknown): string | undefined {
  const { message = '', detail = '' } = (error ?? {}) as { message?: string; detail?: string };
  const found = /\bblock[ =](\d+)/.exec(message) ?? /\btid=\((\d+),|\bblock[ =](\d+)/.exec(detail);
  const block = found?.[1] ?? found?.[2];
  return block === undefined ? undefined : `block ${block}`;
}

function damaged(
  { checkIndex, checkTable }: Amcheck,
  { oid, kind, title, relation }: AmcheckTarget,
  { place, words }: Damage,
): Unsound {
  const name = quoteName(relation.schema, relation.name);
  const literal = `'${name.replaceAll("'", "''")}'`;
  const ask =
    kind === 'index' ? `SELECT ${checkIndex}(${literal}, true);` : `SELECT * FROM ${checkTable}(${literal});`;
  const mend =
    kind === 'index'
      ? `REINDEX INDEX CONCURRENTLY ${name};`
      : 'keep every backup, and find the newest one in which it is sound.';
  const finding: Finding = {
    check: 'amcheck',
    status: 'fail',
    fact: `Damage in ${title}${place ? `, in ${place}` : ''}. ${words}`,
    limit: 'no damage',
    advice: `Ask the source database the same: ${ask} If it is damaged there too: ${mend} If not, this backup is damaged: take a new one.`,
  };
  return { oid, finding };
}

/** For what is left when the time for beginning is over. */
export function notBegun(target: AmcheckTarget): Unsound {
  return unchecked(target, 'The time for this question was over before it was begun.');
}

function unchecked({ oid, title }: AmcheckTarget, words: string): Unsound {
  const finding: Finding = {
    check: 'amcheck',
    status: 'warn',
    fact: `Not looked through to its end: ${title}. ${words}`,
    limit: null,
    advice:
      'Lower amcheck.share (another part is chosen each time), raise amcheck.connections or statementTimeoutMinutes, or give the drill a larger instance.',
  };
  return { oid, finding };
}
