import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { allRowsView } from './made-names.ts';
import type { ArchivePolicy } from './policy.ts';

/** A view, and a relation that its definition reads. */
export interface ViewEdge {
  readonly view: ViewNode;
  readonly reads: string;
}

export interface ViewNode extends TableName {
  /** Its `oid`, as text: relations are told apart by it. */
  readonly id: string;
  readonly materialized: boolean;
  /** As Postgres writes it; null where nobody needed to look. */
  readonly definition: string | null;
}

/** The table with all of its partitions and what it is a partition of, and the table that takes its rows. */
export interface ViewedTable {
  readonly ids: readonly string[];
  readonly archiveId: string | null;
}

/**
 * The materialized views that would lose the archived rows at their next refresh: whatever reads the table, be it
 * through other views. Not through `v_<table>_all` where that holds the archived rows too, and not through a view that
 * reads the kept period alone.
 */
export function shrinkingViews(
  edges: readonly ViewEdge[],
  table: ViewedTable,
  policy: Pick<ArchivePolicy, 'source' | 'ageColumn' | 'olderThanDays'>,
): string[] {
  const reached = new Set(table.ids);
  const shrinking = new Set<string>();
  for (const id of reached) {
    for (const { view } of edges.filter(({ reads }) => reads === id)) {
      const direct = table.ids.includes(id);
      if (direct && (holdsArchived(edges, view, table, policy.source) || readsKeptPeriod(view, policy)))
        continue;
      reached.add(view.id);
      if (view.materialized) shrinking.add(formatTableName(view));
    }
  }
  return [...shrinking].sort();
}

function holdsArchived(
  edges: readonly ViewEdge[],
  view: ViewNode,
  { archiveId }: ViewedTable,
  source: TableName,
): boolean {
  const all = allRowsView(source);
  if (archiveId === null || view.schema !== all.schema || view.name !== all.name) return false;
  return edges.some(({ view: { id }, reads }) => id === view.id && reads === archiveId);
}

/** What could let an older row through, or belong to something else than the rows that are read. */
const doubtful =
  /\b(or|not|union|intersect|except|filter|case|coalesce|exists|any|all|with|left|right|full)\b/i;

const dayOf: Readonly<Record<string, number>> = { day: 1, days: 1, mon: 31, mons: 31, year: 366, years: 366 };

/**
 * One plain SELECT whose WHERE compares the age column with now less an interval, as Postgres writes it. In any doubt
 * it is no: then the config can name the view.
 */
export function readsKeptPeriod(
  { definition }: Pick<ViewNode, 'definition'>,
  { source, ageColumn, olderThanDays }: Pick<ArchivePolicy, 'source' | 'ageColumn' | 'olderThanDays'>,
): boolean {
  const text = (definition ?? '').replace(/\s+/g, ' ');
  const [head = '', condition = '', ...more] = text.split(/ where /i);
  if (more.length > 0 || (text.match(/\bselect\b/gi) ?? []).length !== 1 || doubtful.test(text)) return false;
  const compared = comparison(ageColumn).exec(
    condition.split(/ (?:group by|having|window|order by|limit) /i)[0] ?? '',
  );
  if (!compared) return false;
  const [, qualifier, amount = '', unit = ''] = compared;
  if (qualifier !== undefined && !namesOf(head, source.name).includes(qualifier)) return false;
  if (qualifier === undefined && / join |,[^()]* from /i.test(head.slice(head.search(/ from /i))))
    return false;
  return Number(amount) * (dayOf[unit] ?? Number.POSITIVE_INFINITY) <= olderThanDays;
}

const spelled = (name: string) =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function comparison(ageColumn: string): RegExp {
  const column = `(?:([a-z_][a-z0-9_]*|"(?:[^"]|"")+")\\.)?(?:${literally(spelled(ageColumn))}|"${literally(ageColumn)}")`;
  const now = '(?:now\\(\\)|CURRENT_TIMESTAMP|LOCALTIMESTAMP|CURRENT_DATE)';
  return new RegExp(`\\(${column} >=? \\(${now} - '(\\d+) (days?|mons?|years?)'::interval\\)`);
}

/** What the table is called in a FROM clause: its name, or the alias after it. */
function namesOf(head: string, name: string): string[] {
  const found = new RegExp(`(?:^|[ .(])${literally(spelled(name))}(?: ([a-z_][a-z0-9_]*))?(?=[ ),]|$)`).exec(
    head.slice(Math.max(0, head.search(/ from /i))),
  );
  const alias = found?.[1];
  return alias && !['join', 'on', 'cross'].includes(alias) ? [alias] : [spelled(name)];
}
