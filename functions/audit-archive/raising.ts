/** A function's source, as `pg_proc` holds it; of one with BEGIN ATOMIC, its definition. */
export interface FunctionSource {
  readonly schema: string;
  readonly name: string;
  /** As `pg_language` calls it: `plpgsql`, `sql`, `c`. */
  readonly language: string;
  readonly source: string;
}

/** The functions that triggers' functions call, over any number of calls, and the names that nobody came to look up. */
export interface CalledFunctions {
  readonly functions: readonly FunctionSource[];
  readonly unread: ReadonlySet<string>;
}

/**
 * Tells whether a trigger's function can raise an error, by its text: no trial shows what it does to every row, and a
 * dry run must not try. Levels below EXCEPTION are no error. Functions that it calls are looked into as well.
 */
export function canRaise(trigger: FunctionSource, called: CalledFunctions): boolean {
  return reachedFrom(trigger, called).some(({ source }) => raising.test(bare(source)));
}

/**
 * Tells in the same way whether it may delete or change rows, of its own table or of others. What it inserts is left
 * to it, and a row that is locked FOR UPDATE is not changed.
 */
export function canChange(trigger: FunctionSource, called: CalledFunctions): boolean {
  return reachedFrom(trigger, called).some(({ source }) => changing.test(bare(source)));
}

/** Those of the functions that it reaches, itself among them, of which the text does not tell what they do. */
export function unjudged(trigger: FunctionSource, called: CalledFunctions): FunctionSource[] {
  return reachedFrom(trigger, called).filter(
    ({ language, source }) =>
      textless.has(language) || calledNames(source).some((name) => called.unread.has(name)),
  );
}

/** The text of these names a symbol of a library. */
const textless = new Set(['c', 'internal']);

/** By name alone, whatever its schema or its arguments: more rather than less. */
function reachedFrom(trigger: FunctionSource, { functions }: CalledFunctions): FunctionSource[] {
  const reached = new Set([trigger]);
  for (const { source } of reached) {
    const names = new Set(calledNames(source));
    for (const other of functions) if (names.has(other.name.toLowerCase())) reached.add(other);
  }
  return [...reached];
}

/** Names that are called in a function's text, in small letters. */
export function calledNames(source: string): string[] {
  return [...new Set(callsOf(bare(source)))];
}

/** BEFORE DELETE, for each row: whoever does not return OLD may return NULL, and then the row stays, in silence. */
export function mayReturnNull(source: string): boolean {
  const returned = [...bare(source).matchAll(/\breturn\s+([^;]+);/gi)].map(([, value = '']) =>
    value.trim().toLowerCase(),
  );
  return returned.length === 0 || returned.some((value) => value !== 'old');
}

const levels = 'debug|log|info|notice|warning';
const raising = new RegExp(
  `\\braise\\b(?!\\s+(?:${levels})\\b)|\\bplpy\\.(?:error|fatal)\\b|\\belog\\s*\\(\\s*error\\b|\\bthrow\\b`,
  'i',
);

const changing = /\b(?:delete|truncate|merge|execute|(?<!\bfor\s+(?:no\s+key\s+)?)update)\b|\bspi_exec/i;

const callsOf = (code: string) =>
  [...code.matchAll(/(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\s*\(/gu)].map(([, quoted, plain = '']) =>
    (quoted ?? plain).toLowerCase(),
  );

/** Without comments, and with empty strings: neither of them raises. */
function bare(source: string): string {
  return source.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (found) =>
    found.startsWith("'") ? "''" : ' ',
  );
}
