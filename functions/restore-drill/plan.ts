import { PreconditionError } from '../../shared/job/errors.ts';
import { identifierWithin } from '../../shared/job/slot.ts';
import {
  drillIdentifier,
  drillTags,
  expiryOf,
  isDrillOf,
  restoreTags,
} from '../../shared/restore/drill-instance.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { RestoreOrder } from '../../shared/restore/restore-order.ts';
import { adviceOnBadEnd } from '../../shared/restore/statuses.ts';
import { type Chosen, chooseBackup } from './choose-backup.ts';
import type { DrillRequest } from './event.ts';
import type { Facts } from './facts.ts';
import { drillGroups, type Surrounding } from './groups.ts';
import { isRecoveryOf, recoveryTags } from './recovery-instance.ts';
import { drillShape, recoveryShape } from './shape.ts';

/** One thing that will be done, and why. `target` is what it is done to. */
export interface Action<Kind extends string = string> {
  readonly kind: Kind;
  readonly target: string;
  readonly reason: string;
}

export interface RestoreAction extends Action<'restore snapshot' | 'restore to a time' | 'adopt instance'> {
  readonly region: string;
  readonly order: RestoreOrder;
  readonly restoredTo: string;
  /** The snapshot around which rows were counted; null for a moment. */
  readonly snapshot: string | null;
}

export interface RestorePlan {
  /** What an earlier start left behind in a state of no use. */
  readonly leftover: Action<'delete leftover'> | null;
  /** Of the source, before a real restore. */
  readonly safety: Action<'take safety snapshot'> | null;
  readonly restore: RestoreAction;
  /** Of the instance whose backup it is. */
  readonly sourceIsGone: boolean;
  /** Null for a real restore: nothing of it is ever deleted. */
  readonly removal: Action<'delete instance'> | null;
}

export interface PlanContext extends Surrounding {
  readonly stage: string;
  readonly now: Date;
}

/** What will be restored, to where. Throws PreconditionError where nothing can be, or where a name is taken. */
export function planRestore(facts: Facts, request: DrillRequest, context: PlanContext): RestorePlan {
  return request.keptAs === null
    ? planDrill(facts, request, context)
    : planRecovery(facts, request, request.keptAs, context);
}

/** Every action of a plan, in the order in which they are done. */
export function actionsOf({ leftover, safety, restore, removal }: RestorePlan): Action[] {
  const actions: (Action | null)[] = [leftover, safety, restore, removal];
  return actions.flatMap((action) =>
    action ? [{ kind: action.kind, target: action.target, reason: action.reason }] : [],
  );
}

function planDrill(facts: Facts, request: DrillRequest, context: PlanContext): RestorePlan {
  const parts = { stage: context.stage, database: request.database, slot: request.slot };
  const target = drillIdentifier(parts);
  const { present } = facts;
  if (present && !isDrillOf(present, parts)) throw new PreconditionError(nameTaken(target));
  const sourceIsGone = facts.source === null;
  const removal = { kind: 'delete instance', target, reason: 'a drill leaves nothing behind' } as const;
  const useless = present && whyUseless(present, request, context.now);
  if (present && !useless) {
    return { leftover: null, safety: null, restore: adopt(present, request), sourceIsGone, removal };
  }
  const expiresAt = new Date(context.now.getTime() + request.settings.expiresAfterHours * 3_600_000);
  const groups = drillGroups(request, context, facts.source);
  const instanceClass = request.settings.instance.instanceClass ?? facts.source?.instanceClass ?? null;
  const shape = drillShape(groups, instanceClass, signsInByIam(request, context));
  const tags = drillTags(parts, expiresAt);
  return {
    leftover: useless ? { kind: 'delete leftover', target, reason: useless } : null,
    safety: null,
    restore: restoreAction(chosenOf(facts, request, context), request, { identifier: target, shape, tags }),
    sourceIsGone,
    removal,
  };
}

function chosenOf(facts: Facts, request: DrillRequest, { stage }: PlanContext): Chosen {
  return chooseBackup(facts, request, { stage, database: request.database });
}

function restoreAction(
  { from, restoredTo, snapshot, reason }: Chosen,
  { region }: DrillRequest,
  { identifier, shape, tags }: Omit<RestoreOrder, 'from'>,
): RestoreAction {
  const marks = {
    [restoreTags.restoredFrom]: snapshot ?? aMoment,
    [restoreTags.restoredTo]: restoredTo,
  };
  const what = from.kind === 'snapshot' ? from.identifier : from.time;
  return {
    kind: from.kind === 'snapshot' ? 'restore snapshot' : 'restore to a time',
    target: identifier,
    reason: `${what}: ${reason}`,
    region,
    order: { identifier, from, shape, tags: { ...tags, ...marks } },
    restoredTo,
    snapshot,
  };
}

const aMoment = 'time';

/** What an earlier start restored is asked as it is: a newer snapshot may have come since, and that changes nothing. */
function adopt(present: InstanceFact, { region, instance }: DrillRequest): RestoreAction {
  const restoredFrom = present.tags[restoreTags.restoredFrom] ?? aMoment;
  const restoredTo = present.tags[restoreTags.restoredTo] ?? '';
  const from =
    restoredFrom === aMoment
      ? ({ kind: 'time', time: restoredTo, sourceInstance: instance, automatedBackupsArn: null } as const)
      : ({ kind: 'snapshot', identifier: restoredFrom } as const);
  const groups = { subnetGroup: null, securityGroupIds: [], parameterGroup: null };
  const shape = drillShape(groups, present.instanceClass, present.iamAuthentication);
  return {
    kind: 'adopt instance',
    target: present.identifier,
    reason: 'an earlier start of this slot began to restore it',
    region,
    order: { identifier: present.identifier, from, shape, tags: present.tags },
    restoredTo,
    snapshot: restoredFrom === aMoment ? null : restoredFrom,
  };
}

/** Why what an earlier start left cannot be asked any more; undefined where it can. */
function whyUseless(present: InstanceFact, request: DrillRequest, now: Date): string | undefined {
  if (adviceOnBadEnd(present.status)) return `an earlier start of this slot left it ${present.status}`;
  const expiresAt = expiryOf(present);
  if (!expiresAt || expiresAt <= now) return 'an earlier start of this slot left it, and it has expired';
  return isOfOtherBackup(present, request) ? 'it was restored from something else' : undefined;
}

function isOfOtherBackup({ tags }: InstanceFact, { wanted }: DrillRequest): boolean {
  const restoredFrom = tags[restoreTags.restoredFrom];
  switch (wanted.kind) {
    case 'snapshot':
      return restoredFrom !== wanted.identifier;
    case 'time':
      return restoredFrom !== aMoment || tags[restoreTags.restoredTo] !== wanted.time;
    case 'latest restorable time':
      return restoredFrom !== aMoment;
    case 'newest automated snapshot':
    case 'newest snapshot':
    case 'newest copy':
      return restoredFrom === undefined || restoredFrom === aMoment;
  }
}

function planRecovery(
  facts: Facts,
  request: DrillRequest,
  keptAs: string,
  context: PlanContext,
): RestorePlan {
  const parts = { stage: context.stage, database: request.database, slot: request.slot };
  const { present, source } = facts;
  if (present && !isRecoveryOf(present, parts)) throw new PreconditionError(nameTaken(keptAs));
  const sourceIsGone = source === null;
  if (present) return { ...adoptRecovery(present, request), sourceIsGone };
  const shape = recoveryShape(source, signsInByIam(request, context));
  const tags = recoveryTags(parts, source?.tags ?? {});
  const chosen = chosenOf(facts, request, context);
  return {
    leftover: null,
    safety: source && {
      kind: 'take safety snapshot',
      target: safetyName(parts),
      reason: `what ${source.identifier} holds now can be had again, whatever is done next`,
    },
    restore: restoreAction(chosen, request, { identifier: keptAs, shape, tags }),
    sourceIsGone,
    removal: null,
  };
}

function adoptRecovery(present: InstanceFact, request: DrillRequest): Omit<RestorePlan, 'sourceIsGone'> {
  const advice = adviceOnBadEnd(present.status);
  if (advice) {
    throw new PreconditionError(
      `An earlier start of this restore left ${present.identifier}, which is ${present.status}. ${advice} A real restore deletes nothing: delete it by hand, or start again with another "label".`,
    );
  }
  return { leftover: null, safety: null, restore: adopt(present, request), removal: null };
}

const longestSafetyName = 63;

/** One for each slot: whoever is killed before the restore finds it taken. */
function safetyName(parts: Parameters<typeof drillIdentifier>[0]): string {
  return identifierWithin(longestSafetyName, 'nightshift-safety', parts);
}

function signsInByIam({ database }: DrillRequest, { config }: PlanContext): boolean {
  return config.databases[database]?.auth.kind === 'iam';
}

function nameTaken(name: string): string {
  return `An instance named ${name} exists and does not carry the tags of this run, so that it is somebody else's. Nothing was restored. Delete or rename it, or choose another name, then start again.`;
}
