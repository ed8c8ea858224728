import fc from 'fast-check';

/** Messages on the alarm queue that nobody means to send. */

const hostile = fc.constantFrom<unknown>(
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  'a\nb',
  '\ud800',
  '\u202e\ufffe',
  '<!channel>',
  '',
  null,
  true,
  -1,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  [],
  {},
  '2026-02-30T00:00:00.000+0000',
  '9999-12-31T23:59:59.999-1400',
  'arn:aws:cloudwatch:us-west-1:111122223333:alarm:',
  'ALARM('.repeat(500),
  '[1.0 ('.repeat(500),
  'x'.repeat(5_000),
  '𝒳'.repeat(2_000),
  Array.from({ length: 200 }, (_, at) => ({ id: at })),
);

const keys = fc.constantFrom(
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'trigger',
  'source',
  'detail-type',
  'detail',
  'state',
  'AlarmName',
  'AlarmArn',
  'Trigger',
  'Event Source',
  'Type',
  'TopicArn',
  'Message',
  'Records',
  'alarmData',
  'alarmContributor',
  'metrics',
  'x'.repeat(5_000),
);

const value = fc.oneof({ weight: 3, arbitrary: hostile }, { weight: 1, arbitrary: fc.jsonValue() });

interface Change {
  /** Where in the tree, each part chosen among what there is: 0 to 1. */
  readonly path: readonly number[];
  readonly how: 'replace' | 'remove' | 'add' | 'rename';
  readonly key: string;
  readonly value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  path: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 7 }),
  how: fc.constantFrom('replace', 'remove', 'add', 'rename'),
  key: keys,
  value,
});

/** A real message, changed in places, also within the JSON that lies in its strings. */
function mutated(samples: readonly unknown[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(
      ([sample, changes]) =>
        JSON.stringify(changes.reduce<unknown>((tree, one) => changed(tree, one), sample)) ?? '',
    );
}

function changed(node: unknown, { path, ...rest }: Change): unknown {
  const inner = typeof node === 'string' ? parsed(node) : undefined;
  if (inner !== undefined) return JSON.stringify(changed(inner, { path, ...rest })) ?? '';
  if (typeof node !== 'object' || node === null) return rest.value;
  const entries = Object.entries(node);
  const [first = 0, ...deeper] = path;
  const at = Math.floor(first * entries.length);
  const [key, child] = entries[at] ?? ['', undefined];
  if (deeper.length > 0 && typeof child !== 'undefined') {
    entries[at] = [key, changed(child, { path: deeper, ...rest })];
  } else if (rest.how === 'remove') entries.splice(at, 1);
  else if (rest.how === 'add') entries.push([rest.key, rest.value]);
  else entries[at] = rest.how === 'rename' ? [rest.key, child] : [key, rest.value];
  return Array.isArray(node) ? entries.map(([, one]) => one) : asParsed(entries);
}

function parsed(text: string): object | undefined {
  try {
    return text.startsWith('{') ? JSON.parse(text) : undefined;
  } catch {
    // It is text for people, or has been torn already.
    return undefined;
  }
}

/** An object as `JSON.parse` would make it: `__proto__` is a key like any other. */
function asParsed(entries: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [key, one] of entries) {
    Object.defineProperty(object, key, { value: one, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** A real message whose text was cut, or into which something was put. */
function torn(samples: readonly unknown[]): fc.Arbitrary<string> {
  const texts = samples.map((sample) => JSON.stringify(sample) ?? '');
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  return fc
    .tuple(fc.constantFrom(...texts), place, place, fc.string({ unit: 'binary', maxLength: 5 }))
    .map(([text, from, to, put]) => {
      const [start, end] = [Math.floor(from * text.length), Math.floor(to * text.length)].sort(
        (a, b) => a - b,
      );
      return text.slice(0, start) + put + text.slice(end);
    });
}

const attributes = fc.dictionary(
  fc.constantFrom('job', 'database', 'slot', 'status', '__proto__', 'toString'),
  fc.constantFrom(
    'failed',
    'succeeded',
    'snapshot-export',
    'menotime',
    '2026-01-02',
    '',
    '../x',
    'x'.repeat(1_000),
  ),
);

/** Bodies and attributes: real messages gone wrong, arbitrary JSON, text, bytes, and what is deep or long. */
export function malformedMessages(samples: readonly unknown[]) {
  const body = fc.oneof(
    { weight: 10, arbitrary: mutated(samples) },
    { weight: 3, arbitrary: torn(samples) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 6 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('[', '{"Message":', '{"detail":{"state":', '{"__proto__":'),
          fc.integer({ min: 1, max: 5_000 }),
        )
        .map(([open, times]) => open.repeat(times)),
    },
  );
  return fc.record({
    body,
    attributes: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: attributes }),
    sentAt: fc.constantFrom('2026-01-02T17:04:41.100Z', null),
  });
}
