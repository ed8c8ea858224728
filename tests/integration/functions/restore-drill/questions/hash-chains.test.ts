import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'pg';
import { hashChains } from '../../../../../functions/restore-drill/questions/hash-chains.ts';
import type { DrillQuestions } from '../../../../../shared/config/restore-drill.ts';
import { judgeByWalking, type Link } from './chain-model.ts';
import { type DrillCluster, foundAfter, startDrillCluster, told } from './drill-cluster.ts';

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
  await cluster.asOwner('postgres', (client) => client.query('CREATE DATABASE links'));
  await cluster.asOwner('links', (client) =>
    client.query(`
      CREATE TABLE links (id integer PRIMARY KEY, organisation_id text, entry_hash text, prev_entry_hash text);
      GRANT SELECT ON links TO nightshift`),
  );
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
      `fail: In public.ledger_entries 1 entries do not have the hash that their content gives: they were changed. The first: id = ${delta(33)}, of the organisation org_delta.`,
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

test('100,000 entries in a chain, and a circle of two among them', async () => {
  const make = (circle: string) => `
    TRUNCATE links;
    INSERT INTO links SELECT n, 'o' || n % 3, md5(n::text), CASE WHEN n >= 3 THEN md5((n - 3)::text) END FROM generate_series(0, 99999) n;
    ${circle}`;
  const ask = () =>
    told(
      hashChains,
      cluster.asking('links', { questions: { hashChains: [{ ...ledger, table: 'public.links' }] } }),
    );
  await cluster.asOwner('links', (client) => client.query(make('')));
  expect(await ask()).toEqual([
    'pass: The chains of 3 organisations in public.links (100,000 entries) are whole. Links only: what the hashes are made from was not checked.',
  ]);
  const circle = `INSERT INTO links VALUES (-1, 'o1', 'a', 'b'), (-2, 'o1', 'b', 'a')`;
  await cluster.asOwner('links', (client) => client.query(make(circle)));
  expect(await ask()).toEqual([
    'fail: In public.links 2 entries are not reached from the first entry of their chain: they follow each other in a circle. The first: id = -1, of the organisation o1.',
  ]);
});

/** A whole chain for each organisation, then any of its links bent, dropped, doubled or crossed over. */
const linksArbitrary = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('a', 'b', null), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.array(
      fc.record({
        at: fc.nat(30),
        to: fc.nat(30),
        how: fc.constantFrom('previous', 'hash', 'no previous', 'no hash', 'organisation', 'delete', 'swap'),
      }),
      { maxLength: 3 },
    ),
  )
  .map(([chains, mutations]) =>
    mutations.reduce(
      mutate,
      chains.flatMap(([organisation, length], chain) => wholeChain(organisation, length, chain)),
    ),
  );

function wholeChain(organisation: string | null, length: number, chain: number): Link[] {
  return Array.from({ length }, (_, n) => ({
    organisation,
    hash: `h${chain}-${n}`,
    previous: n === 0 ? null : `h${chain}-${n - 1}`,
  }));
}

function mutate(links: Link[], { at, to, how }: { at: number; to: number; how: string }): Link[] {
  const [one, other] = [links[at % links.length], links[to % links.length]];
  if (!one || !other) return links;
  const change = (changed: Partial<Link>) =>
    links.map((link) => (link === one ? { ...link, ...changed } : link));
  switch (how) {
    case 'previous':
      return change({ previous: other.hash });
    case 'hash':
      return change({ hash: other.hash });
    case 'no previous':
      return change({ previous: null });
    case 'no hash':
      return change({ hash: null });
    case 'organisation':
      return change({ organisation: other.organisation });
    case 'delete':
      return links.filter((link) => link !== one);
    default:
      // Two entries follow each other's predecessor: circles, often.
      return links.map((link) =>
        link === one
          ? { ...link, previous: other.previous }
          : link === other
            ? { ...link, previous: one.previous }
            : link,
      );
  }
}

test('says the same as a walk over every chain, whatever was done to the links', async () => {
  const seen = new Map<string, number>();
  await cluster.asOwner('links', async (client) => {
    await fc.assert(
      fc.asyncProperty(linksArbitrary, async (links) => {
        await replaceLinks(client, links);
        const expected = judgeByWalking(links);
        const asking = cluster.asking('links', {
          questions: { hashChains: [{ ...ledger, table: 'public.links' }] },
        });
        const [found = ''] = await told(hashChains, { ...asking, connect: (use) => use(client) });
        seen.set(expected.fault, (seen.get(expected.fault) ?? 0) + 1);
        expect(found).toContain(expected.fault);
        if (expected.organisation !== undefined) {
          expect(found).toContain(
            expected.organisation === null
              ? 'without an organisation'
              : `the organisation ${expected.organisation} `.trim(),
          );
        }
      }),
      { numRuns: 400 },
    );
  });
  // All kinds came up, so that none of them went unproved.
  expect([...seen.keys()].sort()).toEqual(
    [
      'are whole',
      'an entry without a hash',
      'an entry whose predecessor is missing',
      'in a circle',
      'no first entry',
      'several entries with the same hash',
      'several entries with the same predecessor',
      'several first entries',
    ].sort(),
  );
});

async function replaceLinks(client: Client, links: readonly Link[]): Promise<void> {
  await client.query('TRUNCATE links');
  await client.query(
    'INSERT INTO links SELECT ordinality, o, h, p FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS l (o, h, p)',
    [
      links.map(({ organisation }) => organisation),
      links.map(({ hash }) => hash),
      links.map(({ previous }) => previous),
    ],
  );
}
