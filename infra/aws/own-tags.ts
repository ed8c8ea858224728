import { ownTags } from '../../shared/job/slot.ts';
import type { Statement } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

type Condition = NonNullable<Statement['Condition']>;

/** Tags are said once, by the code that writes them; of a slot's own ones none is looked at here. */
function tagged(
  prefix: 'aws:RequestTag' | 'aws:ResourceTag',
  { stage }: Deployment,
  job?: string,
): Condition {
  const tags = ownTags(job ?? '', { stage, database: '', slot: '' });
  const keys = ['nightshift:managed-by', ...(job === undefined ? [] : ['nightshift:job'])];
  return { StringEquals: Object.fromEntries(keys.map((key) => [`${prefix}/${key}`, tags[key]])) };
}

/** Holds where the call gives what it makes the tags of this stage, and of `job` where one is said. */
export function tagsItself(deployment: Deployment, job?: string): Condition {
  return tagged('aws:RequestTag', deployment, job);
}

/** Holds for what carries the tags of this stage, and of `job` where one is said. */
export function carriesTags(deployment: Deployment, job?: string): Condition {
  return tagged('aws:ResourceTag', deployment, job);
}
