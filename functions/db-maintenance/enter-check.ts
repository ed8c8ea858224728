import type { Client } from 'pg';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import type { CheckAction } from './plan.ts';

/** What an earlier run has not brought to its end belongs to this one now, where it is younger than this. */
const takeOverSql = /* sql */ `
  UPDATE nightshift.integrity_checks SET slot = $2
   WHERE ended_at IS NULL AND file_node = pg_relation_filenode($3::oid) AND began_at > clock_timestamp() - make_interval(days => $4)
     AND (object, slot) = (SELECT object, slot FROM nightshift.integrity_checks WHERE object = $1 ORDER BY tried_at DESC LIMIT 1)
     AND NOT EXISTS (SELECT FROM nightshift.integrity_checks WHERE object = $1 AND slot = $2)`;

/** What had come to its end, or belongs to another file of the table, is no place to go on from. */
const forgetSql = /* sql */ `
  DELETE FROM nightshift.integrity_checks
   WHERE object = $1 AND slot = $2 AND (ended_at IS NOT NULL OR file_node IS DISTINCT FROM pg_relation_filenode($3::oid))`;

const enterSql = /* sql */ `
  INSERT INTO nightshift.integrity_checks (object, slot, blocks, file_node)
  VALUES ($1, $2, pg_relation_size($3::oid) / current_setting('block_size')::bigint, pg_relation_filenode($3::oid))
  ON CONFLICT (object, slot) DO UPDATE SET tried_at = clock_timestamp()`;

const settingsSql = /* sql */ `
  SELECT set_config('nightshift.object', $1, false), set_config('nightshift.slot', $2, false),
    set_config('nightshift.object_id', $3, false), set_config('nightshift.seconds', $4, false),
    set_config('nightshift.range_bytes', $5, false), set_config('nightshift.bytes_per_second', $6, false)`;

const mebibyte = 1_048_576;

/** Writes down that an object is looked through, or goes on, in this slot, and tells the session what `checkText` asks for. */
export async function enterCheck(
  client: Client,
  { id, target }: CheckAction,
  {
    slot,
    seconds,
    integrity,
  }: {
    readonly slot: string;
    /** From now on; a table's next look may go on from there. */
    readonly seconds: number;
    readonly integrity: DbMaintenanceConfig['integrity'];
  },
): Promise<void> {
  await client.query(takeOverSql, [target, slot, id, integrity.everyDays]);
  await client.query(forgetSql, [target, slot, id]);
  await client.query(enterSql, [target, slot, id]);
  const { rangeMiB, paceMiBPerSecond } = integrity;
  const numbers = [seconds, rangeMiB * mebibyte, paceMiBPerSecond * mebibyte].map(String);
  await client.query(settingsSql, [target, slot, id, ...numbers]);
}
