import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { MaintenanceOutcome } from './outcome.ts';
import type { Action } from './plan.ts';

type Verdict = Pick<MaintenanceOutcome, 'status' | 'reason'>;

/** What became of an action's object since it was planned; undefined where it bears the name that it had. */
export async function sincePlanned(
  client: Client,
  { id, schema, name }: Pick<Action, 'id' | 'schema' | 'name'>,
): Promise<Verdict | undefined> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    /* sql */ `SELECT n.nspname AS schema, c.relname AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid`,
    [id],
  );
  const [now] = rows;
  if (!now) return { status: 'dropped meanwhile', reason: 'it is not there any more' };
  if (now.schema === schema && now.name === name) return undefined;
  return {
    status: 'postponed',
    reason: `it was renamed, and is called ${formatTableName(now)} now: the next look finds it by that name`,
  };
}
