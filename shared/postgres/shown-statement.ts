/** What people may see of a statement that somebody else runs: never a literal of it. */

const longest = 300;

/** Strings, dollar quotes, numbers and comments: what a normalised statement has none of. */
const literal = /'|\$[A-Za-z_]*\$|--|\/\*|(?<![\w$".])\.?\d/;

/** Statements of these words alone are normalised by `pg_stat_statements` of every version. */
const normalised = /^\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\b/i;

/** A text of pg_stat_statements in one line, or null: its entry may have been made anew in the middle, with literals. */
export function shownText(text: string | null): string | null {
  if (text === null || !normalised.test(text) || literal.test(text)) return null;
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}

/**
 * The word that the statement in a column of `pg_stat_activity` begins with, past its comments, in capitals. A comment
 * within a comment is not seen through: such a statement has no word.
 */
export function commandSql(column: string): string {
  return /* sql */ `upper(substring(regexp_replace(${column},
    '^(\\s|\\(|--[^\\n]*\\n|/\\*([^*/]|\\*+[^*/]|/+[^*/])*\\*+/)+', '') from '^[A-Za-z]{1,30}'))`;
}

const commands = new Set(
  (
    'SELECT WITH TABLE VALUES INSERT UPDATE DELETE MERGE COPY FETCH MOVE DECLARE CLOSE EXECUTE PREPARE DEALLOCATE CALL DO ' +
    'BEGIN START SAVEPOINT RELEASE ROLLBACK COMMIT SET RESET SHOW DISCARD LOCK EXPLAIN ANALYZE VACUUM REINDEX CLUSTER ' +
    'CREATE ALTER DROP TRUNCATE GRANT REVOKE COMMENT REFRESH LISTEN NOTIFY UNLISTEN CHECKPOINT'
  ).split(' '),
);

/** `?` for what is no word of SQL: what somebody typed need not be a statement. */
export function shownCommand(word: string | null): string {
  return word !== null && commands.has(word) ? word : '?';
}
