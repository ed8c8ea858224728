import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assertions } from '../../../../../functions/restore-drill/questions/assertions.ts';
import { freshness } from '../../../../../functions/restore-drill/questions/freshness.ts';
import { opens } from '../../../../../functions/restore-drill/questions/opens.ts';
import { type DrillCluster, foundAfter, startDrillCluster } from './drill-cluster.ts';

let cluster: DrillCluster;

beforeAll(async () => {
  cluster = await startDrillCluster();
});
afterAll(() => cluster?.stop());

describe('assertions', () => {
  const ask = (query: string, equals: string | null = '1') =>
    foundAfter(cluster, '', assertions, { questions: { assertions: [{ name: 'mine', query, equals }] } });

  test('a number or a boolean is shown, a text is not', async () => {
    expect(await ask('SELECT 1 -- one')).toEqual(['pass: The assertion "mine" holds: 1.']);
    expect(await ask('SELECT 1.50;', '1.5')).toEqual([
      'fail: The assertion "mine" does not hold: it answers another value than the config says: 1.50.',
    ]);
    expect(await ask('SELECT count(*) > 0 FROM users', 'true')).toEqual([
      'pass: The assertion "mine" holds: true.',
    ]);
    const [fact] = await ask('SELECT email FROM users LIMIT 1', 'nobody');
    expect(fact).toBe(
      'fail: The assertion "mine" does not hold: it answers another value than the config says.',
    );
    expect(await ask('SELECT NULL::text', null)).toEqual(['pass: The assertion "mine" holds: NULL.']);
  });

  test('several rows, none, and several columns', async () => {
    expect(await ask('SELECT id FROM users')).toEqual(['fail: The assertion "mine" answered several rows.']);
    expect(await ask('SELECT id FROM users WHERE false')).toEqual([
      'fail: The assertion "mine" answered no row.',
    ]);
    expect(await ask('SELECT 1, 2')).toEqual(['fail: The assertion "mine" answered 2 columns.']);
  });

  test('an error is told without what it quotes of a row', async () => {
    expect(await ask('SELECT nothing FROM users')).toEqual([expect.stringMatching(/^fail: .*42703/)]);
    const [fact] = await ask('SELECT email::integer FROM users LIMIT 1');
    expect(fact).toMatch(/22P02: its words are left out/);
  });

  test('what writes is refused, however it is put', async () => {
    expect(await ask('DELETE FROM users RETURNING id')).toEqual([expect.stringMatching(/^fail: .*42601/)]);
    expect(await ask('SELECT 1; COMMIT; DELETE FROM patients')).toEqual([
      expect.stringMatching(/multiple commands/),
    ]);
    expect(await ask(`SELECT setval('users_id_seq', 9)`)).toEqual([expect.stringMatching(/42501|25006/)]);
    expect(
      await ask(`SELECT count(*) FROM (SELECT set_config('transaction_read_only', 'off', true)) s`),
    ).toEqual([
      expect.stringMatching(/^fail: .*25001: transaction read-write mode must be set before any query/),
    ]);
  });
});

describe('freshness', () => {
  const asked = { table: 'public.audit_log', column: 'timestamp', withinMinutes: 60 };
  const ask = (damage: string, change: Partial<typeof asked> = {}) =>
    foundAfter(cluster, damage, freshness, { questions: { freshness: [{ ...asked, ...change }] } });

  test('a stale newest row, and a fresh one', async () => {
    expect(await ask('')).toEqual([
      'fail: The newest timestamp of public.audit_log is 13.2 hours before the restored moment.',
    ]);
    expect(
      await ask(
        `UPDATE audit_log SET timestamp = '2026-01-01 23:15' WHERE id = (SELECT max(id) FROM audit_log)`,
      ),
    ).toEqual(['pass: The newest timestamp of public.audit_log is 45.0 minutes before the restored moment.']);
  });

  test('a row that is dated in the future proves nothing, nor does one at the end of time', async () => {
    const future = `UPDATE audit_log SET timestamp = '2026-02-01' WHERE id = 1; UPDATE audit_log SET timestamp = 'infinity' WHERE id = 2`;
    expect(await ask(future)).toEqual([expect.stringMatching(/^fail: .* is 13\.2 hours before/)]);
  });

  test('an empty table, a column that is no time, and a table that is not there', async () => {
    expect(await ask('TRUNCATE audit_log')).toEqual([
      'fail: public.audit_log has no row with a timestamp up to the restored moment.',
    ]);
    expect(await ask('', { column: 'action' })).toEqual([
      expect.stringMatching(/^fail: Reading the newest action .* 42883/),
    ]);
    expect(await ask('', { table: 'public.nowhere' })).toEqual([
      'fail: The table public.nowhere is not in the restored database.',
    ]);
  });
});

describe('opens', () => {
  test('settings that let damage read as fine fail, each with where it was set', async () => {
    const set = `DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET zero_damaged_pages = on', current_database());
      EXECUTE format('ALTER ROLE nightshift IN DATABASE %I SET ignore_checksum_failure = on', current_database());
    END $$`;
    const found = await foundAfter(cluster, set, opens);
    expect(found.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringMatching(
        /^fail: ignore_checksum_failure is on \(set for the role nightshift in the database damaged_\d+\): /,
      ),
      expect.stringMatching(
        /^fail: zero_damaged_pages is on \(set for the database damaged_\d+\): what is damaged is read as if it were fine/,
      ),
    ]);
  });

  test('another database, a role and an extension that are missing, and another schema version', async () => {
    const found = await foundAfter(cluster, 'REVOKE CONNECT ON DATABASE demo FROM PUBLIC', opens, {
      source: { databaseName: 'menotime_prod', restoredTo: new Date() },
      questions: {
        roles: ['nightshift', 'nobody'],
        extensions: ['amcheck', 'postgis'],
        schemaVersion: { query: 'SELECT version_num FROM alembic_version', equals: 'f00' },
      },
    });
    expect(found).toEqual([
      expect.stringMatching(/^fail: The database damaged_\d+ opens for the role nightshift/),
      'pass: Data checksums are on.',
      'fail: The role nobody is missing.',
      'fail: Not installed: postgis.',
      'fail: The schema version is another than the config says.',
    ]);
  });
});
