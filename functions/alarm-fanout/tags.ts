import { ListTagsForResourceCommand } from '@aws-sdk/client-cloudwatch';
import type { Log } from './batch.ts';
import type { Tags } from './classify.ts';
import type { Hands } from './hands.ts';
import type { Tellable } from './normalise/observed.ts';

interface Known {
  readonly tags: Tags;
  readonly until: number;
}

const known = new WeakMap<Hands, Map<string, Known>>();
const keptMs = 600_000;
const withinMs = 200;

/** The tags of an alarm, which may say how bad it is and where its runbook lies; a page does not wait for them. */
export async function readTags(hands: Hands, observed: Tellable, log: Log): Promise<Tags> {
  if (observed.kind !== 'alarm') return {};
  const cache = known.get(hands) ?? new Map<string, Known>();
  known.set(hands, cache);
  const found = cache.get(observed.arn);
  if (found && found.until > Date.now()) return found.tags;
  try {
    const { Tags: given = [] } = await hands.cloudwatch.send(
      new ListTagsForResourceCommand({ ResourceARN: observed.arn }),
      { abortSignal: AbortSignal.timeout(withinMs) },
    );
    const tags = Object.fromEntries(given.map(({ Key = '', Value }) => [Key, Value]));
    cache.set(observed.arn, { tags, until: Date.now() + keptMs });
    return tags;
  } catch (error) {
    log.warn('The tags of an alarm were not read in time: its name and the config say how bad it is', {
      alarm: observed.name,
      error: (error as Error).name,
    });
    return {};
  }
}
