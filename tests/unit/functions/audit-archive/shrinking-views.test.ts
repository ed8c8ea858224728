import { describe, expect, test } from '@jest/globals';
import { readsKeptPeriod } from '../../../../functions/audit-archive/shrinking-views.ts';

const policy = { source: { schema: 'public', name: 'logs' }, ageColumn: 'at', olderThanDays: 365 };
const reads = (definition: string | null, changes: Partial<typeof policy> = {}) =>
  readsKeptPeriod({ definition }, { ...policy, ...changes });

/** Definitions as Postgres writes them. */
describe('the kept period alone is read by', () => {
  test.each([
    " SELECT count(*) AS count\n   FROM logs\n  WHERE (at > (now() - '90 days'::interval));",
    " SELECT n FROM logs WHERE (at >= (CURRENT_DATE - '365 days'::interval)) GROUP BY n;",
    " SELECT n FROM logs WHERE ((at > (now() - '1 day'::interval)) AND (n > 3));",
    " SELECT l.n FROM (logs l JOIN users u ON ((u.id = l.user_id))) WHERE (l.at > (now() - '90 days'::interval));",
    " SELECT logs.n FROM public.logs WHERE (logs.at > (CURRENT_TIMESTAMP - '11 mons'::interval));",
  ])('%s', (definition) => {
    expect(reads(definition)).toBe(true);
  });
});

describe('in doubt it is not:', () => {
  test.each([
    ['no WHERE', ' SELECT count(*) FROM logs;'],
    ['a longer period', " SELECT n FROM logs WHERE (at > (now() - '366 days'::interval));"],
    ['a year, which may have 366 days', " SELECT n FROM logs WHERE (at > (now() - '1 year'::interval));"],
    ['a fixed time', " SELECT n FROM logs WHERE (at > '2024-01-01'::timestamp);"],
    ['the other direction', " SELECT n FROM logs WHERE (at < (now() - '90 days'::interval));"],
    ['another column', " SELECT n FROM logs WHERE (made_at > (now() - '90 days'::interval));"],
    [
      'another table’s column',
      " SELECT u.n FROM (logs l JOIN users u ON ((u.id = l.id))) WHERE (u.at > (now() - '90 days'::interval));",
    ],
    ['an OR', " SELECT n FROM logs WHERE ((at > (now() - '90 days'::interval)) OR (n = 1));"],
    ['a NOT', " SELECT n FROM logs WHERE (NOT (at > (now() - '90 days'::interval)));"],
    [
      'a UNION',
      " SELECT n FROM logs WHERE (at > (now() - '90 days'::interval)) UNION ALL SELECT n FROM logs;",
    ],
    ['a subquery', " SELECT n FROM logs WHERE (at > (now() - '90 days'::interval)) AND (n IN ( SELECT 1));"],
    [
      'a condition of an aggregate',
      " SELECT count(*) FILTER (WHERE (at > (now() - '90 days'::interval))) FROM logs;",
    ],
    [
      'a condition of groups',
      " SELECT n FROM logs WHERE (n > 1) GROUP BY n HAVING (max(at) > (now() - '90 days'::interval));",
    ],
    [
      'an outer join',
      " SELECT l.n FROM (users u LEFT JOIN logs l ON ((u.id = l.id))) WHERE (l.at > (now() - '90 days'::interval));",
    ],
    ['a unit that varies', " SELECT n FROM logs WHERE (at > (now() - '90:00:00'::interval));"],
  ])('%s', (_what, definition) => {
    expect(reads(definition)).toBe(false);
  });

  test('a definition that nobody could read', () => {
    expect(reads(null)).toBe(false);
  });
});

test('names with odd letters are compared as Postgres writes them', () => {
  const odd = { source: { schema: 'public', name: 'Lo(g' }, ageColumn: 'A*t' };
  expect(reads(` SELECT n FROM "Lo(g" WHERE ("A*t" > (now() - '90 days'::interval));`, odd)).toBe(true);
  expect(reads(` SELECT n FROM "Lo(g" WHERE ("AAt" > (now() - '90 days'::interval));`, odd)).toBe(false);
});
