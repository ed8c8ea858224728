import type { IdentifierParts } from '../../shared/job/slot.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';

/** Marks what a real restore made. It is none of a drill's tags, so that neither a drill nor the reaper ever deletes it. */
const recoveryTag = 'nightshift:recovery';

type Slotted = Omit<IdentifierParts, 'attempt'>;

/** The source's own tags go along, as RDS has it; of Nightshift's none do, for they would make it pass for something else. */
export function recoveryTags(
  { stage, database, slot }: Slotted,
  sourceTags: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(sourceTags).filter(([key]) => !/^(nightshift|aws):/i.test(key));
  return { ...Object.fromEntries(kept), [recoveryTag]: [stage, database, slot].join('/') };
}

export function isRecoveryOf({ tags }: Pick<InstanceFact, 'tags'>, { stage, database, slot }: Slotted) {
  return tags[recoveryTag] === [stage, database, slot].join('/');
}
