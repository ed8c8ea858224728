import { carriesTags, type IdentifierParts, identifierWithin, ownTags } from '../job/slot.ts';
import { drillJobName } from '../verify/drill-report.ts';
import type { InstanceFact } from './instance-fact.ts';

/** Every instance that a drill restores to is named like this. */
export const drillPrefix = 'nightshift-drill-';

/** What a restored instance says of itself, so that whoever finds it knows what it holds and how long it may stay. */
export const restoreTags = {
  expiresAt: 'nightshift:expires-at',
  restoredFrom: 'nightshift:restored-from',
  restoredTo: 'nightshift:restored-to',
  beganAt: 'nightshift:began-at',
} as const;

type Slotted = Omit<IdentifierParts, 'attempt'>;

const longestInstanceName = 63;

/** The name of the instance that a slot's drill restores to: one for each slot. */
export function drillIdentifier(parts: Slotted): string {
  return identifierWithin(longestInstanceName, drillPrefix.slice(0, -1), parts);
}

export function drillTags(parts: Slotted, expiresAt: Date): Record<string, string> {
  return { ...ownTags(drillJobName, parts), [restoreTags.expiresAt]: expiresAt.toISOString() };
}

type Marked = Pick<InstanceFact, 'identifier' | 'tags'>;

/** By name and tags together: tags go along into what is restored or copied, and anybody may choose a name. */
export function isDrillOf({ identifier, tags }: Marked, parts: Slotted): boolean {
  return identifier === drillIdentifier(parts) && carriesTags(tags, ownTags(drillJobName, parts));
}

/** A drill's instance of this stage, by its name and by all of its tags. */
export function isDrillOfStage({ identifier, tags }: Marked, stage: string): boolean {
  const { 'nightshift:database': database = '', 'nightshift:slot': slot = '' } = tags;
  return (
    identifier.startsWith(drillPrefix) && carriesTags(tags, ownTags(drillJobName, { stage, database, slot }))
  );
}

/** When it may be removed; undefined where its tag says no time. */
export function expiryOf({ tags }: Pick<InstanceFact, 'tags'>): Date | undefined {
  const at = new Date(tags[restoreTags.expiresAt] ?? '');
  return Number.isNaN(at.getTime()) ? undefined : at;
}
