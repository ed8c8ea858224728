import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { describeIssues } from '../../../shared/job/describe-issues.ts';

function issuesOf(schema: z.ZodMiniType, value: unknown): string {
  const parsed = schema.safeParse(value, { error: describeIssues.locale });
  return parsed.success ? '' : describeIssues(parsed.error.issues);
}

test('each fault is a line with its place and what was expected, in English', () => {
  const schema = z.strictObject({ a: z.object({ b: z.array(z.number()) }), c: z.string() });
  expect(issuesOf(schema, { a: { b: [1, 'x'] }, d: true })).toBe(
    [
      '  - a.b.1: Invalid input: expected number, received string',
      '  - c: Invalid input: expected string, received undefined',
      '  - (the whole): Unrecognized key: "d"',
    ].join('\n'),
  );
});

test('long words and long lists are cut, and say so', () => {
  const long = issuesOf(z.strictObject({}), { ['x'.repeat(100_000)]: 1 });
  expect(long.length).toBeLessThan(400);
  expect(long).toMatch(/^ {2}- \(the whole\): Unrecognized key: "x+…$/);
  const many = issuesOf(
    z.array(z.number()),
    Array.from({ length: 60 }, () => 'x'),
  );
  expect(many.split('\n')).toHaveLength(51);
  expect(many.split('\n').at(-1)).toBe('  - and 10 more');
});
