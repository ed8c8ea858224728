import fc from 'fast-check';

/** Names that every JavaScript object answers to, and such as would leave a folder or a line. */
const hostileText = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '../../etc/passwd',
  'a/b',
  'a\\b',
  '..',
  "'; DROP TABLE patients; --",
  '\u0000',
  'a\nb',
  '\ud800',
  '2026-01-02',
  'x'.repeat(300_000),
);

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue() },
  { weight: 2, arbitrary: hostileText },
  fc.string({ unit: 'binary' }),
  fc.double(),
);

const keys = [
  'trigger',
  'database',
  'scheduledTime',
  'label',
  'tables',
  'skipExport',
  'dryRun',
  'source',
  'detail',
  'detail-type',
  'time',
  '__proto__',
  'constructor',
  'toString',
];

/** An object as `JSON.parse` would make it: `__proto__` is a key like any other. */
function asParsed(entries: readonly (readonly [string, unknown])[]): unknown {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** A good event with some of its keys changed, added or taken away. */
function mutated(good: object): fc.Arbitrary<unknown> {
  const change = fc.tuple(fc.constantFrom(...keys, ...Object.keys(good)), fc.option(anything));
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const entries = new Map<string, unknown>(Object.entries(good));
    for (const [key, value] of changes) value === null ? entries.delete(key) : entries.set(key, value);
    return asParsed([...entries]);
  });
}

/** An RDS event with some part of its detail changed. */
function mutatedDetail(good: { readonly detail: object }): fc.Arbitrary<unknown> {
  return mutated(good.detail).map((detail) => ({ ...good, detail }));
}

/** What nobody means to send: arbitrary JSON, hostile keys and values, and good events gone wrong. */
export function malformedEvents(
  good: readonly object[],
  announced: { readonly detail: object },
): fc.Arbitrary<unknown> {
  const objects = fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...keys), fc.string()), anything), { maxLength: 6 })
    .map(asParsed);
  return fc.oneof(
    fc.jsonValue(),
    anything,
    fc.array(anything, { maxLength: 5 }),
    objects,
    ...good.map(mutated),
    mutatedDetail(announced),
  );
}
