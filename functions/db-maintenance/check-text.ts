import { quoteName } from '../../shared/postgres/quote.ts';
import type { CheckAction } from './plan.ts';

/**
 * amcheck tells of most damage by raising: that is caught, and only damage is: faults of contents (XX), and of files
 * (58). Not a lock, a limit or a privilege, and not what is said of a relation that was dropped meanwhile.
 */
const isDamage = /* sql */ `(state ~ '^(XX|58)' AND words !~ '^(could not open relation with OID|cache lookup failed)')`;

const diagnose = /* sql */ `GET STACKED DIAGNOSTICS words = MESSAGE_TEXT, state = RETURNED_SQLSTATE;
        IF NOT ${isDamage} THEN RAISE; END IF;`;

const declared = /* sql */ `id CONSTANT oid := current_setting('nightshift.object_id');
    object_name CONSTANT text := current_setting('nightshift.object');
    slot_name CONSTANT text := current_setting('nightshift.slot');
    words text; state text`;

const itsRow = 'object = object_name AND slot = slot_name';

const forgetOld = /* sql */ `DELETE FROM nightshift.integrity_checks
      WHERE object = object_name AND coalesce(ended_at, tried_at) < now() - interval '400 days'`;

/** The statement that looks through the object that the session's settings name; see `enterCheck`. */
export function checkText(kind: CheckAction['kind'], schema: string): string {
  return kind === 'check index' ? indexText(schema) : tableText(schema);
}

/**
 * Compared with its table, which takes reading both to the end in one snapshot, and no lock that anybody waits for. It
 * cannot be read without its table: then it is said that the table is at fault.
 */
function indexText(schema: string): string {
  return /* sql */ `DO $check$ DECLARE ${declared}; BEGIN
    BEGIN
      PERFORM ${quoteName(schema, 'bt_index_check')}(id::regclass, true);
    EXCEPTION WHEN OTHERS THEN
      ${diagnose}
      IF words ~ '(base|global|pg_tblspc)/' AND position(pg_relation_filepath(id) IN words) = 0 THEN
        words := 'it cannot be compared with its table, which is damaged: ' || words;
      END IF;
    END;
    UPDATE nightshift.integrity_checks SET ended_at = clock_timestamp(), tried_at = clock_timestamp(),
        faults = CASE WHEN state IS NULL THEN 0 ELSE 1 END, finding = state || ': ' || words
      WHERE ${itsRow};
    ${forgetOld};
  END $check$`;
}

/**
 * Range after range, each committed with the place that the next begins at, and with a rest after it: whoever ends this
 * in the middle loses one range. What cannot be read ends amcheck's look at a range, which is then taken block by block.
 */
function tableText(schema: string): string {
  const look = (from: string, to: string) => /* sql */ `SELECT count(*) OVER () AS faults,
            format('block %s, item %s: %s', blkno, offnum, msg) AS words
          FROM ${quoteName(schema, 'verify_heapam')}(id::regclass, startblock => ${from}, endblock => ${to})
          ORDER BY blkno, offnum LIMIT 1`;
  return /* sql */ `DO $check$ DECLARE ${declared};
    ends_at CONSTANT timestamptz := clock_timestamp() + make_interval(secs => current_setting('nightshift.seconds')::float8);
    block_bytes CONSTANT bigint := current_setting('block_size');
    range_blocks CONSTANT bigint := greatest(1, current_setting('nightshift.range_bytes')::float8 / block_bytes);
    done nightshift.integrity_checks; looked record; last bigint; found bigint; first text; looked_at timestamptz; seconds float8;
  BEGIN LOOP
    SELECT * INTO done FROM nightshift.integrity_checks WHERE ${itsRow};
    -- Dropped, or rewritten to another file.
    EXIT WHEN pg_relation_filenode(id) IS DISTINCT FROM done.file_node;
    last := least(done.next_block + range_blocks, done.blocks, pg_relation_size(id) / block_bytes) - 1;
    IF last < done.next_block THEN
      UPDATE nightshift.integrity_checks SET ended_at = clock_timestamp(), tried_at = clock_timestamp() WHERE ${itsRow};
      ${forgetOld};
      EXIT;
    END IF;
    found := 0; first := NULL; state := NULL; looked_at := clock_timestamp();
    BEGIN
      FOR looked IN ${look('done.next_block', 'last')} LOOP
        found := looked.faults; first := looked.words;
      END LOOP;
    EXCEPTION WHEN OTHERS THEN
      ${diagnose}
    END;
    IF state IS NOT NULL THEN
      found := 0; first := NULL;
      FOR block IN done.next_block .. last LOOP BEGIN
        FOR looked IN ${look('block', 'block')} LOOP
          found := found + looked.faults; first := coalesce(first, looked.words);
        END LOOP;
      EXCEPTION WHEN OTHERS THEN
        ${diagnose}
        found := found + 1; first := coalesce(first, format('block %s: %s: %s', block, state, words));
      END; END LOOP;
      -- It was there a moment ago, and the range could not be read for it.
      IF found = 0 THEN found := 1; first := state || ': ' || words; END IF;
    END IF;
    UPDATE nightshift.integrity_checks SET next_block = last + 1, tried_at = clock_timestamp(),
        faults = faults + found, finding = coalesce(finding, first)
      WHERE ${itsRow};
    COMMIT;
    EXIT WHEN clock_timestamp() >= ends_at;
    seconds := extract(epoch FROM clock_timestamp() - looked_at);
    PERFORM pg_sleep(greatest(seconds, (last + 1 - done.next_block) * block_bytes / current_setting('nightshift.bytes_per_second')::float8 - seconds));
  END LOOP; END $check$`;
}
