import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { TableFact } from './facts.ts';
import {
  isInWindow,
  type PhasePlan,
  type Planning,
  percent,
  type Untouched,
  type VacuumAction,
} from './plan.ts';

export type VacuumLimits = DbMaintenanceConfig['vacuum'];

/** Lower goes first. */
const urgencies = ['wraparound', 'archived', 'dead', 'stale'] as const;

/** Every day, and not only when the whole is due. */
const cannotWait: readonly (typeof urgencies)[number][] = ['wraparound', 'archived'];

interface Need {
  readonly urgency: (typeof urgencies)[number];
  readonly reason: string;
  /** Of equal urgency, the higher goes first. */
  readonly weight: number;
}

/**
 * Tables that need VACUUM or ANALYZE, the most needed first: whose transaction ids run out, then what the archive
 * emptied, then by how much is dead or stale.
 */
export function planVacuum(
  tables: readonly TableFact[],
  limits: VacuumLimits,
  planning: Planning,
  part: 'whole' | 'urgent' = 'whole',
): PhasePlan {
  const needed = tables
    .flatMap((table) => {
      const need = needOf(table, limits);
      return need && (part === 'whole' || cannotWait.includes(need.urgency)) ? [{ table, need }] : [];
    })
    .sort(byNeed);
  return {
    actions: needed.flatMap(({ table, need }) =>
      untouchedOf(table, need) ? [] : [actionOf(table, need, isInWindow(planning))],
    ),
    untouched: needed.flatMap(({ table, need }) => untouchedOf(table, need) ?? []),
    notices: [],
  };
}

function needOf(table: TableFact, limits: VacuumLimits): Need | undefined {
  const { freezeShare, isArchived } = table;
  if (freezeShare >= limits.wraparoundShare) {
    const reason = `its oldest transaction id is at ${percent(freezeShare)} of the age at which Postgres freezes it by force`;
    return { urgency: 'wraparound', reason, weight: freezeShare };
  }
  if (table.kind === 'system table') return undefined;
  if (isArchived) {
    return {
      urgency: 'archived',
      reason: 'the last archive run took rows out of it',
      weight: table.deadRows,
    };
  }
  return deadNeed(table, limits) ?? staleNeed(table, limits);
}

function deadNeed(table: TableFact, { deadShare, leastRows }: VacuumLimits): Need | undefined {
  const { liveRows, deadRows, insertedRows, isVacuumed, kind } = table;
  if (kind === 'partitioned table') return undefined;
  const dead = deadRows / Math.max(1, liveRows + deadRows);
  if (deadRows >= leastRows && dead >= deadShare) {
    const reason = `${grouped(deadRows)} rows are dead, ${percent(dead)}`;
    return { urgency: 'dead', reason, weight: weigh(dead, deadRows) };
  }
  if (!isVacuumed && liveRows >= leastRows) {
    return { urgency: 'dead', reason: 'it was never vacuumed', weight: weigh(deadShare, liveRows) };
  }
  const inserted = insertedRows / Math.max(1, liveRows);
  if (insertedRows >= leastRows && inserted >= deadShare) {
    const reason = `${grouped(insertedRows)} rows were inserted since it was vacuumed, ${percent(inserted)}`;
    return { urgency: 'dead', reason, weight: weigh(Math.min(1, inserted) / 2, insertedRows) };
  }
  return undefined;
}

function staleNeed(table: TableFact, { staleShare, leastRows }: VacuumLimits): Need | undefined {
  const { liveRows, changedRows, isAnalyzed, kind } = table;
  if (!isAnalyzed && (liveRows > 0 || kind === 'partitioned table')) {
    return { urgency: 'stale', reason: 'it was never analyzed', weight: weigh(1, liveRows) };
  }
  const stale = changedRows / Math.max(1, liveRows);
  if (changedRows < leastRows || stale < staleShare) return undefined;
  const reason = `${grouped(changedRows)} rows changed since it was analyzed, ${percent(stale)}`;
  return { urgency: 'stale', reason, weight: weigh(Math.min(1, stale), changedRows) };
}

/** By share and by number: neither a tiny table nor a thousandth of a large one goes first. */
const weigh = (share: number, rows: number) => share * Math.log10(rows + 10);

const grouped = (rows: number) => rows.toLocaleString('en-US');

interface Needed {
  readonly table: TableFact;
  readonly need: Need;
}

function byNeed(a: Needed, b: Needed): number {
  return (
    urgencies.indexOf(a.need.urgency) - urgencies.indexOf(b.need.urgency) ||
    b.need.weight - a.need.weight ||
    Number(a.table.id) - Number(b.table.id)
  );
}

function untouchedOf(table: TableFact, { reason }: Need): Untouched | undefined {
  const target = formatTableName(table);
  const { lack } = table;
  if (lack) {
    return { kind: 'refuse', target, reason: `${reason}, but ${lack.reason}`, remedy: lack.remedy };
  }
  if (!table.isBeingVacuumed) return undefined;
  return { kind: 'postpone', target, reason: `${reason}; it is being vacuumed already`, remedy: null };
}

function actionOf(table: TableFact, { reason, urgency }: Need, truncate: boolean): VacuumAction {
  const { id, schema, name, bytes, expectedSeconds } = table;
  const isPartitioned = table.kind === 'partitioned table';
  return {
    kind: urgency === 'stale' ? 'analyze' : 'vacuum',
    target: formatTableName(table),
    ...{ reason, id, schema, name, bytes },
    expectedSeconds: urgency === 'stale' ? null : expectedSeconds,
    freeze: urgency === 'wraparound',
    truncate,
    isPartitioned,
  };
}
