import { expect, test } from '@jest/globals';
import { restoreDrill } from '../../../shared/config/restore-drill.ts';

const refusals = (questions: object): string[] =>
  restoreDrill
    .safeParse({ questions })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test.each(['public.patients', 'oddities."Order Line"', '"a.b"."c""d"'])('takes the table %s', (table) => {
  expect(refusals({ revalidate: [table] })).toEqual([]);
});

test.each(['patients', 'Public.Foo', 'public.a b', ''])(
  'refuses the table %j, and says how it is written',
  (table) => {
    expect(refusals({ compareWithExport: [table] })).toEqual([
      expect.stringMatching(/compareWithExport\.0: schema\.table as SQL writes it/),
    ]);
  },
);
