/** What a stored expression tree names, by oids. */
export interface Mentions {
  readonly relations: readonly string[];
  readonly functions: readonly string[];
  /** Types of its values. */
  readonly types: readonly string[];
  /** Types that text is read as. */
  readonly readAs: readonly string[];
  /** Numbers of CURRENT_DATE and its like, as `sqlValueNames` has them. */
  readonly sqlValues: readonly number[];
  readonly samples: boolean;
  readonly jsonQueries: boolean;
}

/** The rule of a plain or materialized view, or the body of a user's function. */
export interface Definition extends Mentions {
  readonly kind: 'rule' | 'function';
  /** Of pg_rewrite, or of pg_proc. */
  readonly id: string;
  /** The view that it is the rule of; null for a function. */
  readonly view: string | null;
  /** Functions that Postgres records it to call, as the steps of an aggregate. */
  readonly calls: readonly string[];
  /** A user's text search configuration or dictionary, which may be altered. */
  readonly textSearch: boolean;
}

/** By the number that a tree holds, since an expression that it names is no function. */
export const sqlValueNames = [
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_TIMESTAMP',
  'LOCALTIME',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'LOCALTIMESTAMP',
  'CURRENT_ROLE',
  'CURRENT_USER',
  'USER',
  'SESSION_USER',
  'CURRENT_CATALOG',
  'CURRENT_SCHEMA',
] as const;

const mention =
  /:(?:funcid|opfuncid|aggfnoid|winfnoid|opno|relid) \d+|:\w*type(?:id|Id)? \d+|:(?:coltypes|opnos) \(o [\d ]+\)|\{SQLVALUEFUNCTION :op \d+|\{(?:TABLESAMPLECLAUSE|JSONEXPR|COERCEVIAIO) /g;

/** What a tree mentions. Postgres escapes spaces and braces in what users named, so that no name looks like a field. */
export function mentionsIn(tree: string): string[] {
  return [...new Set(tree.match(mention))];
}

/** `oids` that are written after one of the fields. */
function after(mentions: readonly string[], fields: RegExp): string[] {
  const found = mentions.flatMap((mention) => {
    const [, field = '', rest = ''] = /^:(\w+) (.*)$/.exec(mention) ?? [];
    return fields.test(field) ? (rest.match(/\d+/g) ?? []) : [];
  });
  return [...new Set(found)].filter((id) => id !== '0');
}

/** Sorts what `mentionsIn` found. `codes` are the functions behind operators, by the operators' oids. */
export function sortMentions(mentions: readonly string[], codes: ReadonlyMap<string, string>): Mentions {
  const operators = after(mentions, /^opnos?$/).flatMap((id) => codes.get(id) ?? []);
  const functions = after(mentions, /^(funcid|opfuncid|aggfnoid|winfnoid)$/);
  const viaText = mentions.some((mention) => mention.startsWith('{COERCEVIAIO'));
  return {
    relations: after(mentions, /^relid$/),
    functions: [...new Set([...functions, ...operators])],
    types: after(mentions, /type(id|Id)?$|^coltypes$/),
    // The type alone is not told from that of a mere relabelling: in doubt, it is one.
    readAs: [...after(mentions, /^coltypes$/), ...(viaText ? after(mentions, /^resulttype$/) : [])],
    sqlValues: mentions
      .flatMap((mention) => /^\{SQLVALUEFUNCTION :op (\d+)/.exec(mention)?.[1] ?? [])
      .map(Number),
    samples: mentions.some((mention) => mention.startsWith('{TABLESAMPLECLAUSE')),
    jsonQueries: mentions.some((mention) => mention.startsWith('{JSONEXPR')),
  };
}

/** Operators that a tree names. */
export function operatorsIn(mentions: readonly string[]): string[] {
  return after(mentions, /^opnos?$/);
}
