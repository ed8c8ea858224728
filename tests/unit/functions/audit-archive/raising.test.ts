import { describe, expect, test } from '@jest/globals';
import {
  calledNames,
  canChange,
  canRaise,
  type FunctionSource,
  mayReturnNull,
  unjudged,
} from '../../../../functions/audit-archive/raising.ts';

const body = (statements: string) => `\nBEGIN\n${statements}\nEND\n`;
const made = (name: string, source: string, language = 'plpgsql'): FunctionSource => ({
  schema: 'public',
  name,
  language,
  source: body(source),
});
const called = (others: Record<string, string>, ...unread: string[]) => ({
  functions: Object.entries(others).map(([name, other]) => made(name, other)),
  unread: new Set(unread),
});
const raises = (source: string, others: Record<string, string> = {}) =>
  canRaise(made('guard', source), called(others));

describe('can raise:', () => {
  test.each([
    "RAISE EXCEPTION 'no';",
    "raise exception using errcode = 'P0001';",
    "RAISE 'append only';",
    'RAISE restrict_violation;',
    "RAISE SQLSTATE '23001';",
    'RAISE USING MESSAGE = $1;',
    "IF TG_OP = 'DELETE' THEN RAISE\n  EXCEPTION 'no'; END IF;",
    'EXCEPTION WHEN others THEN RAISE;',
    "/* a comment */ RAISE /* between */ EXCEPTION 'no';",
    "plpy.error('no')",
    "elog(ERROR, 'no');",
    "throw new Error('no');",
  ])('%s', (source) => {
    expect(raises(source)).toBe(true);
  });
});

describe('cannot raise:', () => {
  test.each([
    "RAISE NOTICE 'we raise exception here';",
    'RAISE WARNING USING MESSAGE = $1;',
    "raise log 'x'; raise debug 'y'; raise info 'z';",
    "-- RAISE EXCEPTION 'no';\nRETURN OLD;",
    "/* RAISE EXCEPTION 'no'; */ RETURN OLD;",
    "INSERT INTO log VALUES ('RAISE EXCEPTION');",
    'praise := 1; RETURN OLD;',
    "elog(NOTICE, 'x');",
  ])('%s', (source) => {
    expect(raises(source)).toBe(false);
  });
});

const changes = (source: string, others: Record<string, string> = {}) =>
  canChange(made('guard', source), called(others));

describe('may change other rows:', () => {
  test.each([
    'DELETE FROM child WHERE id = OLD.id;',
    "IF TG_OP = 'DELETE' THEN delete from ONLY child; END IF;",
    'UPDATE totals SET n = n - 1;',
    'TRUNCATE cache;',
    "EXECUTE format('DROP TABLE %I', OLD.name);",
    'MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING;',
    'INSERT INTO totals VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 2;',
    "plpy.execute('x')",
    'spi_exec_query("x");',
  ])('%s', (source) => {
    expect(changes(source)).toBe(true);
    expect(changes('PERFORM tidy(OLD);', { tidy: source })).toBe(true);
    expect(changes('RETURN OLD;', { tidy: source })).toBe(false);
  });
});

describe('changes no other rows:', () => {
  test.each([
    'INSERT INTO log SELECT OLD.*; -- instead of DELETE',
    "IF TG_OP IN ('UPDATE', 'DELETE') THEN RETURN OLD; END IF;",
    'OLD.updated_at := now(); deleted := true;',
    'PERFORM FROM parent WHERE id = OLD.id FOR UPDATE;',
    'PERFORM FROM parent WHERE id = OLD.id FOR NO KEY UPDATE;',
    "PERFORM pg_notify('gone', 'delete');",
  ])('%s', (source) => {
    expect(changes(source)).toBe(false);
  });
});

test('a function that it calls is looked into, one that it does not call is not', () => {
  const others = { deny: "RAISE EXCEPTION 'no';", allow: 'RETURN;' };
  expect(raises('PERFORM deny(OLD);', others)).toBe(true);
  expect(raises('PERFORM public."deny" (OLD);', others)).toBe(true);
  expect(raises('PERFORM Deny(OLD);', others)).toBe(true);
  expect(raises('PERFORM allow(OLD); -- and not deny()', others)).toBe(false);
  expect(calledNames('PERFORM "De""ny"(x), b.allow (y);')).toEqual(['de""ny', 'allow']);
});

test('functions are followed over any number of calls, also where they call each other in a ring', () => {
  const others = { a: 'PERFORM b();', b: 'PERFORM a(); PERFORM c();', c: "RAISE 'no'; DELETE FROM x;" };
  expect(raises('PERFORM a();', others)).toBe(true);
  expect(changes('PERFORM a();', others)).toBe(true);
  expect(changes('PERFORM d();', others)).toBe(false);
});

test('what the text does not tell is named: a library’s function, and one whose calls were not looked up', () => {
  const functions = [made('a', 'PERFORM symbol();'), made('symbol', 'in_a_library', 'c'), made('b', 'x();')];
  const names = (source: string, unread: string[] = []) =>
    unjudged(made('guard', source), { functions, unread: new Set(unread) }).map(({ name }) => name);
  expect(names('PERFORM a();')).toEqual(['symbol']);
  expect(names('PERFORM b();')).toEqual([]);
  expect(names('PERFORM b();', ['x'])).toEqual(['b']);
});

test.each([
  ['RETURN OLD;', false],
  ['RETURN NULL;', true],
  // NEW is NULL where a row is deleted.
  ['RETURN NEW;', true],
  ["IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", true],
  ["RAISE EXCEPTION 'no';", true],
])('%s may keep the row: %s', (source, keeps) => {
  expect(mayReturnNull(body(source))).toBe(keeps);
});
