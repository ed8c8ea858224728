import { describe, expect, test } from '@jest/globals';
import {
  mendOwnership,
  type Standing,
  suggestIndex,
  suitableIndex,
} from '../../../../functions/matview-refresh/judge-view.ts';

const view = { schema: 'public', name: 'Costs "a"' };

const good = {
  name: 'uq',
  isUnique: true,
  isValid: true,
  isImmediate: true,
  hasExpressions: false,
  isPartial: false,
};

describe('an index for CONCURRENTLY', () => {
  test('is the first that can tell all rows apart', () => {
    expect(suitableIndex([{ ...good, name: 'other', isUnique: false }, good])).toBe('uq');
  });

  test.each([
    { isUnique: false },
    { isValid: false },
    { isImmediate: false },
    { hasExpressions: true },
    { isPartial: true },
  ])('is not one with %j', (fault) => {
    expect(suitableIndex([{ ...good, ...fault }])).toBeNull();
  });

  test('is suggested with its columns, or says that they are not known', () => {
    expect(suggestIndex(view, ['day', 'Re"gion'])).toBe(
      'CREATE UNIQUE INDEX CONCURRENTLY ON "public"."Costs ""a""" ("day", "Re""gion")',
    );
    expect(suggestIndex(view, null)).toContain('(/* put in the columns that are unique together */)');
  });
});

describe('the right to refresh a view', () => {
  const stranger: Standing = {
    role: 'nightshift',
    owner: 'app',
    ownerIsMighty: false,
    isMember: false,
    hasRightsOfOwner: false,
    maintains: false,
    mayUseSchema: true,
    serverVersion: 150_004,
  };

  test.each([{ hasRightsOfOwner: true }, { serverVersion: 180_000, maintains: true }])(
    'is there with %j',
    (right) => {
      expect(mendOwnership(view, { ...stranger, ...right })).toBeNull();
    },
  );

  test.each([
    [{}, 'GRANT "app" TO "nightshift"'],
    [{ ownerIsMighty: true }, 'ALTER MATERIALIZED VIEW "public"."Costs ""a""" OWNER TO "nightshift"'],
    [{ isMember: true }, 'ALTER ROLE "nightshift" INHERIT'],
    [{ serverVersion: 160_003 }, 'GRANT "app" TO "nightshift" WITH INHERIT TRUE'],
    [{ serverVersion: 170_000 }, 'GRANT MAINTAIN ON "public"."Costs ""a""" TO "nightshift"'],
    [{ hasRightsOfOwner: true, mayUseSchema: false }, 'GRANT USAGE ON SCHEMA "public" TO "nightshift"'],
    [
      { serverVersion: 180_000, mayUseSchema: false },
      'GRANT USAGE ON SCHEMA "public" TO "nightshift"; GRANT MAINTAIN ON "public"."Costs ""a""" TO "nightshift"',
    ],
  ])('with %j is mended by %s', (standing, statement) => {
    expect(mendOwnership(view, { ...stranger, ...standing })).toBe(statement);
  });
});
