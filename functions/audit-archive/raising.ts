/** A function's source, as `pg_proc` holds it; of one with BEGIN ATOMIC, its definition. */
export interface FunctionSource {
  readonly schema: string;
  readonly name: string;
  readonly source: string;
}

/**
 * Tells whether a trigger's function can raise an error, by its text: no trial shows what it does to every row, and a
 * dry run must not try. Levels below EXCEPTION are no error. Functions that it calls are looked into as well, one deep.
 */
export function canRaise(trigger: FunctionSource, others: readonly FunctionSource[]): boolean {
  return anyOf(trigger, others, (code) => raising.test(code));
}

/**
 * Tells in the same way whether it may delete or change rows, of its own table or of others. What it inserts is left
 * to it, and a row that is locked FOR UPDATE is not changed.
 */
export function canChange(trigger: FunctionSource, others: readonly FunctionSource[]): boolean {
  return anyOf(trigger, others, (code) => changing.test(code));
}

function anyOf(
  trigger: FunctionSource,
  others: readonly FunctionSource[],
  is: (code: string) => boolean,
): boolean {
  const code = bare(trigger.source);
  if (is(code)) return true;
  const called = new Set(callsOf(code));
  return others.some(({ name, source }) => called.has(name.toLowerCase()) && is(bare(source)));
}

/** Names that are called in a function's text, in small letters: what to look up before `canRaise`. */
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
