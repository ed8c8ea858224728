import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../../shared/job/canonical-json.ts';

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const object = {};
  for (const [key, inner] of Object.entries(value).reverse()) {
    Object.defineProperty(object, key, { value: shuffled(inner), enumerable: true });
  }
  return object;
}

test('the same facts give the same bytes, in whatever order their keys came', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
    }),
  );
});

test('what is read back and written again is the same, byte for byte', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test('keys are sorted at every depth, lists keep their order, and a newline ends it', () => {
  expect(canonicalJson({ b: [{ z: 1, y: new Date(0) }, 2], a: undefined, '10': 1, '9': 2 })).toBe(
    '{\n  "9": 2,\n  "10": 1,\n  "b": [\n    {\n      "y": "1970-01-01T00:00:00.000Z",\n      "z": 1\n    },\n    2\n  ]\n}\n',
  );
});
