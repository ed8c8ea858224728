import { AwsFault } from '../gateway/service.ts';
import type { Tag } from './wire/form.ts';

const MOST_TAGS = 50;

/** Adds or replaces tags by key. Throws for keys that AWS keeps for itself, and for too many or too long ones. */
export function mergeTags(present: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map([...present, ...added].map((tag) => [tag.Key, tag]));
  for (const { Key, Value } of added) {
    if (/^aws:/i.test(Key)) throw new AwsFault('InvalidParameterValue', 'Tag keys must not begin with aws:.');
    if (Key.length > 128 || Value.length > 256) {
      throw new AwsFault('InvalidParameterValue', `The tag ${Key.slice(0, 40)} is too long.`);
    }
  }
  if (byKey.size > MOST_TAGS) {
    throw new AwsFault('InvalidParameterValue', `A resource can have at most ${MOST_TAGS} tags.`);
  }
  return [...byKey.values()];
}
