import { ConfigError } from '../../shared/job/errors.ts';
import {
  carriesTags,
  isNameOf,
  isNightSlot,
  ownTags,
  resourceIdentifier,
  type Slot,
} from '../../shared/job/slot.ts';
import { identifierOfArn } from '../../shared/snapshot/snapshot-fact.ts';
import type { SnapshotExportRequest } from './event.ts';
import {
  type CopyFact,
  type ExportTaskFact,
  type Facts,
  failedExportStatuses,
  failedStatuses,
  type SnapshotFact,
} from './facts.ts';

/** One thing that will be done, or left as it is, and why. `target` is what it is done to. */
export interface Action<Kind extends string = string> {
  readonly kind: Kind;
  readonly target: string;
  readonly reason: string;
}

/** `own`: this job took it or will; of anybody else's no counts of rows exist. */
export type SnapshotAction = Action<'take snapshot' | 'adopt snapshot'> & { readonly own: boolean };
export type ExportAction = Action<'start export' | 'adopt export'>;
export type CopyAction = Action<'copy snapshot' | 'adopt copy'> & { readonly region: string };

export interface MakingPlan {
  readonly snapshot: SnapshotAction;
  readonly export: ExportAction | null;
  readonly copy: CopyAction | null;
}

export interface PlanContext {
  readonly stage: string;
  readonly databaseName: string;
  readonly now: Date;
}

export const jobName = 'snapshot-export';

/** What must be made for a slot, and what is there already. Tries that ended badly are followed by a next one. */
export function planMaking(facts: Facts, request: SnapshotExportRequest, context: PlanContext): MakingPlan {
  const snapshot = planSnapshot(facts, request, context);
  return {
    snapshot,
    export: request.skipExport ? null : planExport(facts.exportTasks, snapshot, request, context),
    copy: request.settings.copyTo && facts.copies ? planCopy(facts.copies, snapshot, request, context) : null,
  };
}

function planSnapshot(facts: Facts, request: SnapshotExportRequest, context: PlanContext): SnapshotAction {
  const own = ownSnapshots(facts.snapshots, request, context);
  const begun = sourceOfWhatWasBegun(facts, request, context);
  if (begun)
    return {
      kind: 'adopt snapshot',
      ...begun,
      own: own.some(({ identifier }) => identifier === begun.target),
    };
  const usable = own.find((snapshot) => !failedStatuses.includes(snapshot.status));
  if (usable) return adopt(usable, 'an earlier start of this slot took it', true);
  if (!request.labelled && request.settings.adoptAutomatedHours > 0) {
    const announced = facts.snapshots.find((snapshot) => snapshot.identifier === request.announcedSnapshot);
    if (announced && !failedStatuses.includes(announced.status))
      return adopt(announced, 'its creation started this run');
    const automated = freshAutomated(facts.snapshots, request, context.now);
    if (automated)
      return adopt(automated, `automated and at most ${request.settings.adoptAutomatedHours} h old`);
  }
  return {
    kind: 'take snapshot',
    target: nextName([...namesOf(facts.snapshots), ...facts.countedNames], request, context),
    reason: whyTake(own, request),
    own: true,
  };
}

function adopt({ identifier }: SnapshotFact, reason: string, own = false): SnapshotAction {
  return { kind: 'adopt snapshot', target: identifier, reason, own };
}

function whyTake(failed: readonly SnapshotFact[], request: SnapshotExportRequest): string {
  if (failed.length > 0) return describeTries(failed);
  if (request.labelled) return 'a labelled backup holds the moment at which it was asked for';
  return `no automated snapshot of the last ${request.settings.adoptAutomatedHours} h`;
}

/** An export or a copy that was begun for this slot fixes the snapshot, as long as that is still there. */
function sourceOfWhatWasBegun(facts: Facts, request: SnapshotExportRequest, context: PlanContext) {
  const begun = [
    ...facts.exportTasks
      .filter(({ status }) => !failedExportStatuses.includes(status))
      .map(({ sourceArn, identifier }) => ({ sourceArn, reason: `the export ${identifier} reads it` })),
    ...ownCopies(facts.copies ?? [], request, context)
      .filter(({ status }) => !failedStatuses.includes(status))
      .map(({ sourceArn, identifier }) => ({ sourceArn, reason: `the copy ${identifier} was made of it` })),
  ].map(({ sourceArn, reason }) => ({ target: identifierOfArn(sourceArn), reason }));
  const usable = facts.snapshots.filter(({ status }) => !failedStatuses.includes(status));
  return begun.find(({ target }) => namesOf(usable).includes(target));
}

const namesOf = (things: readonly { identifier: string }[]) => things.map(({ identifier }) => identifier);

/** Automated ones that are complete come before those that are still being made; of each the newest. */
function freshAutomated(snapshots: readonly SnapshotFact[], request: SnapshotExportRequest, now: Date) {
  const { adoptAutomatedHours } = request.settings;
  if (adoptAutomatedHours === 0) return undefined;
  const oldest = now.getTime() - adoptAutomatedHours * 3_600_000;
  const fresh = snapshots
    .filter(({ type, status }) => type === 'automated' && ['available', 'creating'].includes(status))
    .filter((snapshot) => begunAt(snapshot) > oldest)
    .sort((a, b) => begunAt(b) - begunAt(a));
  return fresh.find(({ status }) => status === 'available') ?? fresh[0];
}

/** Until it is available, an automated snapshot tells its time only in its name: `rds:<instance>-YYYY-MM-DD-hh-mm`. */
function begunAt({ createdAt, identifier }: SnapshotFact): number {
  if (createdAt) return Date.parse(createdAt);
  const [, date, hour, minute] = /(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{2})$/.exec(identifier) ?? [];
  return date ? Date.parse(`${date}T${hour}:${minute}:00Z`) : 0;
}

/** Only an export of the very snapshot counts: one of a snapshot that is gone by now proves nothing of this one. */
function planExport(
  tasks: readonly ExportTaskFact[],
  snapshot: SnapshotAction,
  request: SnapshotExportRequest,
  context: PlanContext,
): ExportAction {
  const usable = tasks.find(
    ({ status, sourceArn }) =>
      !failedExportStatuses.includes(status) && identifierOfArn(sourceArn) === snapshot.target,
  );
  if (usable) {
    return {
      kind: 'adopt export',
      target: usable.identifier,
      reason: 'an earlier start of this slot began it',
    };
  }
  const what = request.tables ? `${request.tables.length} chosen tables` : 'every table';
  return {
    kind: 'start export',
    target: nextName(namesOf(tasks), request, context),
    reason: tasks.length > 0 ? describeTries(tasks) : what,
  };
}

function planCopy(
  copies: readonly CopyFact[],
  snapshot: SnapshotAction,
  request: SnapshotExportRequest,
  context: PlanContext,
): CopyAction {
  const region = request.settings.copyTo?.region ?? '';
  const own = ownCopies(copies, request, context);
  const usable = own.find(
    ({ status, sourceArn }) =>
      !failedStatuses.includes(status) && identifierOfArn(sourceArn) === snapshot.target,
  );
  if (usable) {
    return {
      kind: 'adopt copy',
      target: usable.identifier,
      region,
      reason: 'an earlier start of this slot began it',
    };
  }
  return {
    kind: 'copy snapshot',
    target: nextName(namesOf(copies), request, context),
    region,
    reason: own.length > 0 ? describeTries(own) : 'a region may fail',
  };
}

function describeTries(tries: readonly { status: string }[]): string {
  return `earlier tries ended as ${tries.map(({ status }) => status).join(', ')}`;
}

function ownSnapshots(
  snapshots: readonly SnapshotFact[],
  request: SnapshotExportRequest,
  context: PlanContext,
) {
  return snapshots.filter((snapshot) => isOfSlot(snapshot, request, context));
}

function ownCopies(copies: readonly CopyFact[], request: SnapshotExportRequest, context: PlanContext) {
  return copies.filter((copy) => isOfSlot(copy, request, context));
}

/** By tags and name together: tags are copied along with snapshots and instances, also by people. */
function isOfSlot(
  { identifier, tags }: SnapshotFact,
  { database, slot }: SnapshotExportRequest,
  { stage }: PlanContext,
): boolean {
  return (
    carriesTags(tags, slotTags(stage, { database, slot })) && isNameOf(identifier, { stage, database, slot })
  );
}

/** What everything of this slot is tagged with. What was labelled by hand is kept until it is deleted by hand. */
export function slotTags(
  stage: string,
  { database, slot }: { database: string; slot: Slot },
): Record<string, string> {
  const keep: Record<string, string> = isNightSlot(slot) ? {} : { 'nightshift:keep': 'true' };
  return { ...ownTags(jobName, { stage, database, slot }), ...keep };
}

/** The first name of this slot that nobody has: not an earlier try, and not a stranger. */
function nextName(
  taken: readonly string[],
  { database, slot }: SnapshotExportRequest,
  { stage }: PlanContext,
): string {
  const names = new Set(taken);
  for (let attempt = 1; ; attempt += 1) {
    const name = resourceIdentifier({ stage, database, slot, attempt });
    if (!names.has(name)) return name;
  }
}

const choosable = /^[A-Za-z0-9$_]+$/;

/**
 * What `ExportOnly` says: the configured database alone, or its chosen tables. A database whose name the service
 * cannot choose is exported with all others of its instance, and of it nothing can be chosen: throws ConfigError.
 */
export function exportScope(databaseName: string, tables: readonly string[] | undefined): string[] {
  if (!choosable.test(databaseName)) {
    if (!tables) return [];
    throw new ConfigError(
      `RDS cannot choose tables of a database with a name like "${databaseName}": letters, digits, $ and _ alone. Leave "tables" out.`,
    );
  }
  return tables ? tables.map((table) => `${databaseName}.${table}`) : [databaseName];
}
