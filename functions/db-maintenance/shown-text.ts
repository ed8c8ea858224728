const longest = 300;

/** Strings, dollar quotes, numbers and comments: what a normalised statement has none of. */
const literal = /'|\$[A-Za-z_]*\$|--|\/\*|(?<![\w$".])\.?\d/;

/** Statements of these words alone are normalised by `pg_stat_statements` of every version. */
const normalised = /^\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\b/i;

/** A normalised statement as people may see it, or null: its entry may have been made anew in the middle, with literals. */
export function shownText(text: string | null): string | null {
  if (text === null || !normalised.test(text) || literal.test(text)) return null;
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}
