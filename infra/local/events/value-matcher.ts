export type ValueMatcher = (value: unknown) => boolean;

/** Makes a test of one value out of one entry of a pattern's list: a literal or `{ prefix: … }` and the like. */
export function valueMatcher(entry: unknown): ValueMatcher {
  if (!isObject(entry)) return (value) => value === entry;
  const [[operator, operand] = [], ...more] = Object.entries(entry);
  if (operator === undefined || more.length > 0) throw unknown(entry);
  return operator === 'anything-but' ? anythingBut(operand) : comparison(operator, operand, entry);
}

function comparison(operator: string, operand: unknown, entry: unknown): ValueMatcher {
  switch (operator) {
    case 'prefix':
      return affix(operand, (text, start) => text.startsWith(start));
    case 'suffix':
      return affix(operand, (text, end) => text.endsWith(end));
    case 'equals-ignore-case': {
      const wanted = string(operand).toLowerCase();
      return ofText((text) => text.toLowerCase() === wanted);
    }
    case 'wildcard': {
      const expression = wildcard(string(operand));
      return ofText((text) => expression.test(text));
    }
    case 'numeric':
      return numeric(operand);
    default:
      throw unknown(entry);
  }
}

/** `anything-but` takes one value, a list, or a comparison of one text or of a list of them. */
function anythingBut(operand: unknown): ValueMatcher {
  const excluded = isObject(operand) ? spread(operand) : [operand].flat();
  const matchers = excluded.map(valueMatcher);
  return (value) => !matchers.some((matches) => matches(value));
}

/** `{ prefix: ['a', 'b'] }` as `[{ prefix: 'a' }, { prefix: 'b' }]`. */
function spread(comparisonOfMany: object): object[] {
  return Object.entries(comparisonOfMany).flatMap(([operator, operands]) =>
    [operands].flat().map((operand) => ({ [operator]: operand })),
  );
}

function affix(operand: unknown, test: (text: string, affix: string) => boolean): ValueMatcher {
  if (!isObject(operand)) {
    const wanted = string(operand);
    return ofText((text) => test(text, wanted));
  }
  const wanted = string((operand as { 'equals-ignore-case'?: unknown })['equals-ignore-case']).toLowerCase();
  return ofText((text) => test(text.toLowerCase(), wanted));
}

/** `*` stands for any run of characters, `\*` and `\\` for themselves. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(
    /\\([*\\])|(\*)|[.*+?^${}()|[\]\\]/g,
    (found, escaped?: string, star?: string) => {
      if (star) return '[^]*';
      return `\\${escaped ?? found}`;
    },
  );
  return new RegExp(`^${source}$`);
}

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** `['>', 0, '<=', 5]`: every pair must hold. */
function numeric(operand: unknown): ValueMatcher {
  const parts = Array.isArray(operand) ? operand : [];
  if (parts.length === 0 || parts.length % 2 !== 0) throw unknown({ numeric: operand });
  const tests = Array.from({ length: parts.length / 2 }, (_, pair) => {
    const compare = COMPARISONS[parts[pair * 2]];
    const bound: unknown = parts[pair * 2 + 1];
    if (!compare || typeof bound !== 'number') throw unknown({ numeric: operand });
    return (value: number) => compare(value, bound);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function ofText(test: (text: string) => boolean): ValueMatcher {
  return (value) => typeof value === 'string' && test(value);
}

function string(operand: unknown): string {
  if (typeof operand === 'string') return operand;
  throw unknown(operand);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknown(entry: unknown): Error {
  return new Error(`The local event bus cannot match by ${JSON.stringify(entry)} in an event pattern`);
}
