import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import type { ArchiveContext } from './archive-context.ts';
import { type DetachedMark, type MarkedTable, parseMark, readCommented } from './detached-mark.ts';
import { readPolicy } from './policy.ts';

/** Warns of tables that a run has begun to take out for a policy that the config has no more: no run comes back to them. */
export async function tellStrayMarks(
  { log, settings }: Pick<ArchiveContext, 'log' | 'settings'>,
  client: Client,
): Promise<void> {
  const known = settings.policies.map((policy) => readPolicy(policy).name);
  for (const { comment, ...table } of await readCommented(client)) {
    const mark = parsed(comment);
    if (mark && known.includes(mark.policy)) continue;
    log.warn('A partition that was being archived belongs to no policy', {
      table: formatTableName(table),
      reason: mark ? strayReason(mark, table.state) : 'its comment, which says where it belongs, was changed',
    });
  }
}

/** Undefined for one that was changed; a run whose policy may be meant refuses its table with the reason. */
function parsed(comment: string): DetachedMark | undefined {
  try {
    return parseMark(comment);
  } catch (error) {
    if (error instanceof PreconditionError) return undefined;
    throw error;
  }
}

function strayReason({ policy, bound }: DetachedMark, state: MarkedTable['state']): string {
  const gone = `the config has no policy for ${policy} any more`;
  if (state === 'attached') return `${gone}: remove the comment, and the partition is as it was`;
  return `${gone}, so that no run takes its rows or gives them back, and ${policy} does not show them: give the policy back with "partitions": "whole", or ALTER TABLE ${policy} ATTACH PARTITION … ${bound} and remove the comment`;
}
