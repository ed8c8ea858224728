import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashChains } from '../../../../../functions/restore-drill/questions/hash-chains.ts';
import type { DrillQuestions } from '../../../../../shared/config/restore-drill.ts';
import { type DrillCluster, foundAfter, startDrillCluster } from './drill-cluster.ts';

type Chain = DrillQuestions['hashChains'][number];

const ledger: Chain = {
  table: 'public.ledger_entries',
  organisation: 'organisation_id',
  hash: 'entry_hash',
  previous: 'prev_entry_hash',
};
const recomputed: Chain = { ...ledger, recompute: 'ledger_entry_hash(ledger_entries) -- of the whole row' };

let cluster: DrillCluster;

beforeAll(async () => {
  cluster = await startDrillCluster();
});
afterAll(() => cluster?.stop());

/** What is found in the ledger of the demo after some damage. */
const ledgerAfter = (damage: string, asked: Chain = ledger) =>
  foundAfter(cluster, damage, hashChains, { questions: { hashChains: [asked] } });

/** The entry number n of org_delta, which has 100. */
const delta = (n: number) => `le_${String(4 * 100_000 + n).padStart(10, '0')}`;
const hashOf = (n: number) => `(SELECT entry_hash FROM ledger_entries WHERE id = '${delta(n)}')`;
const broken = (how: string) => [
  `fail: In public.ledger_entries 1 of 5 chains are broken. The first: the organisation org_delta has ${how}.`,
];

describe('damage to the ledger is found and named', () => {
  test('a broken link, and an entry that was deleted: a predecessor is missing', async () => {
    const missing = (n: number) =>
      broken(`an entry whose predecessor is missing, at the entry id = ${delta(n)}`);
    const other = `'sha256:' || repeat('0', 64)`;
    expect(
      await ledgerAfter(`UPDATE ledger_entries SET prev_entry_hash = ${other} WHERE id = '${delta(50)}'`),
    ).toEqual(missing(50));
    expect(await ledgerAfter(`DELETE FROM ledger_entries WHERE id = '${delta(50)}'`)).toEqual(missing(51));
  });

  test('a predecessor in another organisation is no predecessor', async () => {
    const stranger = `(SELECT entry_hash FROM ledger_entries WHERE organisation_id = 'org_amber' ORDER BY id LIMIT 1)`;
    expect(
      await ledgerAfter(`UPDATE ledger_entries SET prev_entry_hash = ${stranger} WHERE id = '${delta(7)}'`),
    ).toEqual(broken(`an entry whose predecessor is missing, at the entry id = ${delta(7)}`));
  });

  test('an empty ledger proves nothing, and is no whole chain', async () => {
    expect(await ledgerAfter('DELETE FROM ledger_entries')).toEqual([
      'warn: public.ledger_entries has no entry: there was no chain to check, and nothing is proven.',
    ]);
  });

  test('entries taken off the end of a chain, which stays whole without them', async () => {
    const lastDrill = [{ table: 'public.ledger_entries', rows: 1_501 }];
    const since = (lastRestoredTo: string) =>
      foundAfter(cluster, `DELETE FROM ledger_entries WHERE id = '${delta(100)}'`, hashChains, {
        questions: { hashChains: [ledger] },
        baseline: { bounds: null, lastDrill, lastRestoredTo },
      });
    expect(await since('2026-01-01T00:00:00.000Z')).toEqual([
      expect.stringMatching(
        /^fail: public\.ledger_entries has 1,500 entries, and had 1,501 entries in the last/,
      ),
    ]);
    // An older backup than that of the last drill may well hold fewer.
    expect(await since('2026-01-03T00:00:00.000Z')).toEqual([expect.stringMatching(/^pass: /)]);
  });

  test('a fork', async () => {
    expect(
      await ledgerAfter(
        `UPDATE ledger_entries SET prev_entry_hash = ${hashOf(20)} WHERE id = '${delta(60)}'`,
      ),
    ).toEqual(broken(`several entries with the same predecessor, at the entry id = ${delta(60)}`));
  });

  test('a second first entry, and none', async () => {
    expect(
      await ledgerAfter(`UPDATE ledger_entries SET prev_entry_hash = NULL WHERE id = '${delta(60)}'`),
    ).toEqual(broken(`several first entries, at the entry id = ${delta(60)}`));
    expect(await ledgerAfter(`DELETE FROM ledger_entries WHERE id = '${delta(1)}'`)).toEqual(
      broken('no first entry'),
    );
  });

  test('a long key is cut, and says so', async () => {
    const [key] = await ledgerAfter(
      `ALTER TABLE ledger_entries ALTER id TYPE text; UPDATE ledger_entries SET id = 'z' || repeat('y', 2000), prev_entry_hash = 'gone' WHERE id = '${delta(9)}'`,
    );
    expect(key).toMatch(/at the entry id = zy{74}… \(cut: 2006 characters\)\.$/);
  });

  test('an entry twice', async () => {
    const copy = `INSERT INTO ledger_entries SELECT (jsonb_populate_record(e, '{"id": "le_copy"}')).* FROM ledger_entries e WHERE id = '${delta(9)}'`;
    expect(await ledgerAfter(copy)).toEqual(
      broken('several entries with the same hash, at the entry id = le_copy'),
    );
  });

  test('a circle apart from the chain, which every entry by itself agrees with', async () => {
    // Entry 51 becomes the first of the others, and follows the last: 51 to 100 follow each other.
    expect(
      await ledgerAfter(
        `UPDATE ledger_entries SET prev_entry_hash = ${hashOf(100)} WHERE id = '${delta(51)}'`,
      ),
    ).toEqual([
      expect.stringMatching(
        /^fail: In public\.ledger_entries 50 entries are not reached .* in a circle\. The first: id = le_00004000(5[1-9]|[6-9]\d|100), of the organisation org_delta\.$/,
      ),
    ]);
  });

  test('a changed amount: the links hold, the hash computed anew does not', async () => {
    const change = `UPDATE ledger_entries SET amount = amount + 1 WHERE id = '${delta(33)}'`;
    expect(await ledgerAfter(change)).toEqual([expect.stringContaining('are whole. Links only')]);
    expect(await ledgerAfter(change, recomputed)).toEqual([
      `fail: In public.ledger_entries 1 entry does not have the hash that the content gives: changed afterwards. The first: id = ${delta(33)}, of the organisation org_delta.`,
    ]);
  });

  test('times that run backwards are no fault: the chain is one of hashes', async () => {
    const backwards = `UPDATE ledger_entries SET created_at = timestamptz '2020-01-01' - (created_at - timestamptz '2020-01-01')`;
    expect(await ledgerAfter(backwards)).toEqual([expect.stringContaining('pass: ')]);
  });
});

describe('the expression of the config', () => {
  test('cannot write, not even after a semicolon', async () => {
    const asked = (recompute: string) => ({ ...ledger, recompute });
    // Whole before and after the semicolons: sent by the simple protocol, it would end the transaction and delete.
    const second = `'x') IS NULL) AS w; COMMIT; DELETE FROM ledger_entries; SELECT 1 FROM (SELECT 'a' AS organisation, 'b' AS entry, l.* FROM ledger_entries l WHERE ('x'`;
    const refused = await ledgerAfter('', asked(second));
    expect(refused).toEqual([expect.stringMatching(/^fail: .*42601.*multiple commands/)]);
    const writing = `
      CREATE FUNCTION writes(ledger_entries) RETURNS text LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE written (); RETURN ''; END $$`;
    expect(await ledgerAfter(writing, asked('writes(ledger_entries)'))).toEqual([
      expect.stringMatching(/^fail: .*25006 read_only_sql_transaction/),
    ]);
  });

  test('whose function raises does not tell what it said, which may quote a row', async () => {
    const raising = `
      CREATE FUNCTION raises(entry ledger_entries) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'amount %', entry.amount; END $$`;
    const [fact] = await ledgerAfter(raising, { ...ledger, recompute: 'raises(ledger_entries)' });
    expect(fact).toMatch(/^fail: .*P0001: its words are left out/);
  });
});
