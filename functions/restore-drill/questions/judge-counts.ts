import { formatTableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import { type RowBounds, renamedNote, rewrittenNote } from '../../../shared/postgres/row-bounds.ts';
import type { Finding, FindingStatus } from '../../../shared/verify/finding.ts';
import { count, rowsOf } from './amount.ts';
import type { TableCount } from './asking.ts';
import { firstFew } from './few.ts';
import type { Relation } from './relations.ts';

export type CountedRelation = Pick<Relation, 'schema' | 'name' | 'unlogged'> & { readonly rows: number };

export interface Baseline {
  readonly bounds: readonly RowBounds[] | null;
  readonly lastDrill: readonly TableCount[] | null;
  /** Every table that is there, also those that could not be counted, as the config writes them. */
  readonly known: ReadonlySet<string>;
}

/** More or fewer than by this factor is a large change, unless it is by few rows. */
const LARGE_FACTOR = 2;
const LARGE_ROWS = 100;

/**
 * Holds counts against what was recorded around the snapshot; where nothing was, against the last drill. The last
 * finding sums up; before it stands one for each table that is missing or has not as many rows as it must.
 */
export function judgeCounts(counted: readonly CountedRelation[], baseline: Baseline): Finding[] {
  const counts = new Map(counted.map((table) => [formatTableName(table), table]));
  const bounds = new Map((baseline.bounds ?? []).map((bound) => [nameOf(bound), bound]));
  const last = new Map((baseline.lastDrill ?? []).map(({ table, rows }) => [table, rows]));
  const faults = [
    ...missingTables(baseline, bounds, last),
    ...[...counts].flatMap(([table, relation]) =>
      judgeTable(table, relation, bounds.get(table), last.get(table)),
    ),
  ];
  const kinds = Map.groupBy(faults, ({ status }) => status);
  return [
    ...firstFew(kinds.get('fail') ?? []),
    ...firstFew(kinds.get('warn') ?? []),
    ...(baseline.known.size === 0 ? [nothingThere()] : bounds.size > 0 ? [] : holdsNothing(counted, last)),
    ...(counted.length > 0 ? [sumUp(counted, bounds, last)] : []),
  ];
}

/** A backup of another database, or of one that lost everything, opens as well as any. */
function nothingThere(): Finding {
  return fault('fail', 'There is no table at all in the restored database.', 'tables are there');
}

/**
 * Without what was recorded around the snapshot, each table that was emptied is a warning by itself, since tables are
 * emptied on purpose; all of them are not.
 */
function holdsNothing(counted: readonly CountedRelation[], last: ReadonlyMap<string, number>): Finding[] {
  const hadRows = [...last.values()].some((rows) => rows > 0);
  const logged = counted.filter(({ unlogged }) => !unlogged);
  if (logged.length === 0 || logged.some(({ rows }) => rows > 0)) return [];
  const fact = `Not a single row was found, in any table that was read (${count(logged.length)})${hadRows ? '; in the last drill there were some' : ''}.`;
  return [fault(hadRows ? 'fail' : 'warn', fact, 'rows are there')];
}

const nameOf = ({ schema, table }: RowBounds) => formatTableName({ schema, name: table });

function missingTables(
  { known }: Baseline,
  bounds: ReadonlyMap<string, RowBounds>,
  last: ReadonlyMap<string, number>,
): Finding[] {
  const recorded = [...bounds].filter(([table]) => !known.has(table));
  const seen = [...last.keys()].filter((table) => !known.has(table) && !bounds.has(table));
  return [
    ...recorded.map(([table, { note }]) =>
      fault(
        note === renamedNote ? 'warn' : 'fail',
        `The table ${table} was there before and after the snapshot, and is not in the restored database${note === renamedNote ? `; ${note}` : ''}.`,
        'the table is there',
      ),
    ),
    ...seen.map((table) =>
      fault(
        'warn',
        `The table ${table} was there in the last drill, and is not now.`,
        'as in the last drill',
      ),
    ),
  ];
}

function judgeTable(
  table: string,
  relation: CountedRelation,
  bounds: RowBounds | undefined,
  last: number | undefined,
): Finding[] {
  const { rows, unlogged } = relation;
  if (unlogged) return rows === 0 && last ? [becameUnlogged(relation, last)] : [];
  if (bounds)
    return bounds.basis === 'counted' ? judgeCounted(table, rows, bounds) : judgeSeen(table, rows, bounds);
  if (last === undefined || !isLargeChange(rows, last, last)) return [];
  const fact = `${table} has ${rowsOf(rows)}; in the last drill it had ${rowsOf(last)}.`;
  return [fault('warn', fact, `within a factor of ${LARGE_FACTOR}`)];
}

/** No unlogged table has rows after a restore: when it had some, it was none yet. */
function becameUnlogged(relation: CountedRelation, last: number): Finding {
  const { schema, name } = relation;
  return {
    check: 'row counts',
    status: 'warn',
    fact: `${formatTableName(relation)} is empty and unlogged; in the last drill it had ${rowsOf(last)}. It was made unlogged since then, and no backup holds its rows any more.`,
    limit: 'logged, as in the last drill',
    advice: `If its rows matter, on the source database: ALTER TABLE ${quoteName(schema, name)} SET LOGGED; If they do not, there is nothing to do: the next drill compares with this one.`,
  };
}

function judgeCounted(table: string, rows: number, { atLeast, atMost }: RowBounds): Finding[] {
  const [least, most] = [Number(atLeast), atMost === null ? Number.POSITIVE_INFINITY : Number(atMost)];
  if (rows >= least && rows <= most) return [];
  const off = rows < least ? `${count(least - rows)} fewer than it` : `${count(rows - most)} more than it`;
  const fact = `${table} ${rows === 0 ? 'is empty' : `has ${rowsOf(rows)}`}: ${off} can have had when the snapshot was taken.`;
  return [fault('fail', fact, least === most ? rowsOf(least) : `${count(least)} to ${rowsOf(most)}`)];
}

/** Where nothing proves what there was, only what cannot be explained is told. */
function judgeSeen(table: string, rows: number, { atLeast, atMost, basis, note }: RowBounds): Finding[] {
  const least = Number(atLeast);
  const most = atMost === null ? Number.POSITIVE_INFINITY : Number(atMost);
  const because = `${basis}${note ? `: ${note}` : ''}`;
  const seen = `about ${count(least)} to ${most === Number.POSITIVE_INFINITY ? 'nobody knows how many' : rowsOf(most)} (${because})`;
  if (rows === 0 && least > 0) {
    const mayBe = note === renamedNote || note === rewrittenNote;
    return [fault(mayBe ? 'warn' : 'fail', `${table} is empty, and had rows around the snapshot.`, seen)];
  }
  if (!isLargeChange(rows, least, most)) return [];
  return [fault('warn', `${table} has ${rowsOf(rows)}, far from what was seen around the snapshot.`, seen)];
}

function isLargeChange(rows: number, least: number, most: number): boolean {
  return (
    (rows * LARGE_FACTOR < least && least - rows > LARGE_ROWS) ||
    (rows > most * LARGE_FACTOR && rows - most > LARGE_ROWS) ||
    (rows === 0 && least > 0)
  );
}

function sumUp(
  counted: readonly CountedRelation[],
  bounds: ReadonlyMap<string, RowBounds>,
  last: ReadonlyMap<string, number>,
): Finding {
  const rows = counted.reduce((sum, table) => sum + table.rows, 0);
  const names = counted.filter(({ unlogged }) => !unlogged).map(formatTableName);
  const firm = names.filter((table) => bounds.get(table)?.basis === 'counted').length;
  const known = names.filter((table) => bounds.has(table) || last.has(table)).length;
  const unlogged = counted.length - names.length;
  const apart = unlogged > 0 ? ` Unlogged, and so empty after any restore: ${unlogged}.` : '';
  return {
    check: 'row counts',
    status: known === 0 ? 'no baseline' : 'pass',
    fact: `${count(counted.length)} tables and materialized views were read to their last row: ${rowsOf(rows)}. ${heldAgainst(firm, known)}${apart}`,
    limit: null,
    advice: null,
  };
}

function heldAgainst(firm: number, known: number): string {
  if (known === 0) return 'There is nothing yet to hold this against.';
  const exactly = `For ${count(firm)} of them it is known exactly between which bounds their rows must be.`;
  const roughly = `For ${count(known - firm)} of them it is known roughly how many rows there should be.`;
  return [...(firm > 0 ? [exactly] : []), ...(known > firm ? [roughly] : [])].join(' ');
}

function fault(status: FindingStatus, fact: string, limit: string): Finding {
  const advice =
    status === 'fail'
      ? 'Count it on the source database. If the source has what is missing here, this backup is not whole: restore an older one, and take a new one.'
      : 'Look whether the application explains this. If it does, there is nothing to do: the next drill compares with this one.';
  return { check: 'row counts', status, fact, limit, advice };
}
