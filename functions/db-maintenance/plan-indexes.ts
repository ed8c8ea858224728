import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import { describeWindow, windowEnd } from '../../shared/config/window.ts';
import type { IndexFact, InvalidIndexFact, ServerFact, SpareIndexFact } from './facts.ts';
import {
  describeBytes,
  keepToWindow,
  type Notice,
  type PhasePlan,
  type Planning,
  type RebuildAction,
  type Untouched,
} from './plan.ts';
import { spareNotices } from './plan-spare-indexes.ts';

export interface IndexFacts {
  readonly indexes: readonly IndexFact[];
  readonly invalid: readonly InvalidIndexFact[];
  readonly spare: readonly SpareIndexFact[];
  /** What the instance has left beside everything that is known to lie on it, in bytes. */
  readonly freeBytes: number;
}

/** Indexes that are rebuilt, the one that gives most back first, and what is left of rebuilds that failed. */
export function planIndexes(
  facts: IndexFacts,
  server: Pick<ServerFact, 'countedSince' | 'now' | 'hasReplicas'>,
  settings: Pick<DbMaintenanceConfig, 'bloat' | 'unusedDays'>,
  planning: Planning,
): PhasePlan {
  const bloated = facts.indexes.filter((index) => isBloated(index, settings.bloat));
  const leftovers = facts.invalid.filter(isLeftover);
  const [rebuilds, tooLate] = fitWindow(
    bloated
      .filter((index) => lackOf(index, facts.freeBytes) === null)
      .map((index) => rebuildOf(index, facts.freeBytes)),
    planning,
  );
  const actions = [
    ...leftovers.filter(({ lack }) => lack === null).map(dropOf),
    ...rebuilds.sort((a, b) => b.bytes * b.bloatPercent - a.bytes * a.bloatPercent),
  ];
  const untouched = [
    ...tooLate,
    ...leftovers.flatMap((index) => refusalOf(index, index.lack, 'it is left of a rebuild that failed')),
    ...bloated.flatMap((index) => refusalOf(index, lackOf(index, facts.freeBytes), bloatOf(index))),
  ];
  const notices = [
    ...facts.invalid.filter((index) => !isLeftover(index) && !index.isBeingBuilt).map(noticeOfInvalid),
    ...spareNotices(facts.spare, server, settings.unusedDays),
    ...facts.indexes.filter(({ method }) => method === 'unknown').map(noticeOfUnmeasured),
  ];
  return keepToWindow({ actions, untouched, notices }, planning);
}

function isBloated(
  { bytes, bloatPercent }: IndexFact,
  { percent, minMiB }: DbMaintenanceConfig['bloat'],
): boolean {
  return bloatPercent !== null && bloatPercent > percent && bytes >= minMiB * 1_048_576;
}

/** What REINDEX calls the index that it builds, and the one that it takes away; a number behind where that was taken. */
const leftoverName = /_cc(new|old)\d*$/;

/** Only what bears such a name, serves nothing, is built by nobody and has a valid index in its place. */
function isLeftover(index: InvalidIndexFact): boolean {
  const { name, original, isOfConstraint, isPartitioned, isBeingBuilt } = index;
  return leftoverName.test(name) && original !== null && !isOfConstraint && !isPartitioned && !isBeingBuilt;
}

/** A new index, what sorting spills of it, and what is written ahead: three times the old one at worst. */
const roomFactor = 3;

function lackOf({ lack, bytes }: IndexFact, freeBytes: number) {
  const needed = bytes * roomFactor;
  if (lack || needed <= freeBytes) return lack;
  return {
    reason: `building it anew may need ${describeBytes(needed)} on the disk, and ${describeBytes(Math.max(0, freeBytes))} are taken to be free`,
    remedy: 'Give the instance more storage (ModifyDBInstance, "AllocatedStorage").',
  };
}

/** Reading the table, sorting and writing, on a disk that others use as well: few are slower. */
const slowBytesPerSecond = 20_000_000;

/** Begins no rebuild that may not end in the window; one that is longer than any begins whenever it is open. */
function fitWindow(
  rebuilds: readonly RebuildAction[],
  { window, now }: Planning,
): [RebuildAction[], Untouched[]] {
  const ends = windowEnd(window, now);
  const fits = ({ expectedSeconds }: RebuildAction) =>
    ends === undefined ||
    now.getTime() + (expectedSeconds ?? 0) * 1_000 <= ends ||
    (expectedSeconds ?? 0) > window.hours * 3_600;
  const tooLate = rebuilds
    .filter((rebuild) => !fits(rebuild))
    .map(({ target, reason, expectedSeconds }) => ({
      kind: 'postpone' as const,
      target,
      reason: `rebuild index: ${reason}; it may take ${Math.ceil((expectedSeconds ?? 0) / 60)} minutes, and the maintenance window, ${describeWindow(window)}, ends before`,
      remedy: null,
    }));
  return [rebuilds.filter(fits), tooLate];
}

const bloatOf = ({ bytes, bloatPercent, method }: IndexFact) =>
  `${Math.round(bloatPercent ?? 0)}% of its ${describeBytes(bytes)} are empty (${method})`;

function refusalOf(
  index: { readonly schema: string; readonly name: string },
  lack: { readonly reason: string; readonly remedy: string } | null,
  because: string,
): Untouched[] {
  if (!lack) return [];
  const target = formatTableName(index);
  return [{ kind: 'refuse', target, reason: `${because}, but ${lack.reason}`, remedy: lack.remedy }];
}

function dropOf(index: InvalidIndexFact) {
  const { id, schema, name, bytes, original } = index;
  return {
    kind: 'drop leftover' as const,
    target: formatTableName(index),
    reason: `a rebuild of ${original} failed and left it`,
    ...{ id, schema, name, bytes },
    expectedSeconds: null,
  };
}

function rebuildOf(index: IndexFact, freeBytes: number): RebuildAction {
  const { id, schema, name, bytes, bloatPercent, method } = index;
  return {
    kind: 'rebuild index',
    target: formatTableName(index),
    reason: `${bloatOf(index)}; a new one needs ${describeBytes(bytes * roomFactor)} on the disk at most, and ${describeBytes(freeBytes)} are taken to be free`,
    ...{ id, schema, name, bytes },
    expectedSeconds: Math.ceil(bytes / slowBytesPerSecond),
    bloatPercent: bloatPercent ?? 0,
    method: method === 'measured' ? 'measured' : 'estimated',
  };
}

function noticeOfInvalid(index: InvalidIndexFact): Notice {
  const { tableName, isOfConstraint, isPartitioned, bytes, mend } = index;
  const served = isOfConstraint ? ', and a constraint hangs on it' : '';
  return {
    kind: 'invalid index',
    target: formatTableName(index),
    reason: isPartitioned
      ? `not every partition of ${tableName} has its valid part of it${served}`
      : `building it on ${tableName} did not come to its end: no query uses it, and every write keeps it${served}`,
    bytes,
    remedy: mend,
  };
}

function noticeOfUnmeasured(index: IndexFact): Notice {
  return {
    kind: 'unmeasured',
    target: formatTableName(index),
    reason: `nobody can tell how empty it is: it could not be measured, and the statistics are missing, or do not tell how long its values are`,
    bytes: index.bytes,
    remedy: `ANALYZE the table ${index.tableName}; where that does not help, CREATE EXTENSION pgstattuple SCHEMA nightshift; or raise bloat.measureMiB.`,
  };
}
