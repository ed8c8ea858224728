import { quoteName } from '../../shared/postgres/quote.ts';
import type { CheckAction } from './plan.ts';

/**
 * amcheck tells of damage by raising, which would undo the row that is to keep it: so it is caught, and only damage is
 * (class XX), not a lock, a limit or a privilege. Its primary messages name blocks and items; the detail is left.
 */
export function checkText(kind: CheckAction['kind'], schema: string): string[] {
  const amcheck = (name: string) => quoteName(schema, name);
  const id = `current_setting('nightshift.object_id')::oid::regclass`;
  // Without the look from the table, and so without a lock that writers would wait for.
  const look =
    kind === 'check index'
      ? `PERFORM ${amcheck('bt_index_check')}(${id}, false);`
      : `SELECT count(*), min(format('block %s, item %s: %s', blkno, offnum, msg)) INTO found, first
           FROM ${amcheck('verify_heapam')}(${id});
         IF found > 0 THEN PERFORM set_config('nightshift.finding', format('%s of its items are damaged; %s', found, first), true); END IF;`;
  return [
    /* sql */ `DO $check$ DECLARE found bigint; first text; words text; state text; BEGIN
      ${look}
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS words = MESSAGE_TEXT, state = RETURNED_SQLSTATE;
      IF state !~ '^XX' THEN RAISE; END IF;
      PERFORM set_config('nightshift.finding', state || ': ' || words, true);
    END $check$`,
    /* sql */ `UPDATE nightshift.integrity_checks SET ended_at = clock_timestamp(),
        finding = nullif(current_setting('nightshift.finding'), '')
      WHERE object = current_setting('nightshift.object') AND slot = current_setting('nightshift.slot')`,
    /* sql */ `DELETE FROM nightshift.integrity_checks WHERE object = current_setting('nightshift.object')
      AND ended_at < now() - interval '400 days'`,
  ];
}
