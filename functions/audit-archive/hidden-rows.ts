import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import type { Connect } from './archive-slice.ts';
import { findMarked } from './detached-mark.ts';
import type { ArchiveAction } from './plan.ts';

/** Of a partition that stays detached: where its rows are, which nobody who reads the table sees. */
export function hiddenRows({ policy }: Pick<ArchiveAction, 'policy'>, partition: TableName): string {
  return `its rows are in ${formatTableName(partition)}, detached, and not visible in ${policy.name} until the next run takes or gives it back`;
}

/** Where work on a partition fails and leaves it detached, the error says so as well. */
export async function tellingWhereRowsAre<T>(
  connect: Connect,
  action: Pick<ArchiveAction, 'policy'>,
  partition: TableName,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !(await isOut(connect, action, partition))) throw cause;
    throw new NightshiftError(`${cause.message.replace(/\.$/, '')}; ${hiddenRows(action, partition)}.`, {
      cause,
    });
  }
}

async function isOut(
  connect: Connect,
  { policy }: Pick<ArchiveAction, 'policy'>,
  partition: TableName,
): Promise<boolean> {
  try {
    const marked = await connect((client) => findMarked(client, policy, partition));
    return marked !== undefined && marked.state !== 'attached';
  } catch {
    // Nobody can look: what failed before says why, and matters more.
    return false;
  }
}
