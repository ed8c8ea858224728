import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import { hashChains } from '../../../../../functions/restore-drill/questions/hash-chains.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../../support/embedded-cluster.ts';
import { judgeByWalking, type Link } from './chain-model.ts';
import { oneLine, questionsOf } from './drill-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  client = new Client(cluster.config('postgres'));
  await client.connect();
  await client.query(
    'CREATE TABLE links (id integer PRIMARY KEY, organisation_id text, entry_hash text, prev_entry_hash text)',
  );
});
afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

const chain = {
  table: 'public.links',
  organisation: 'organisation_id',
  hash: 'entry_hash',
  previous: 'prev_entry_hash',
};

async function askChains(): Promise<string[]> {
  const { findings } = await hashChains.ask({
    connect: (use) => use(client),
    questions: questionsOf({ hashChains: [chain] }),
    secondsLeft: () => 13 * 60,
    source: { databaseName: 'postgres', restoredTo: new Date() },
    baseline: { bounds: null, lastDrill: null },
    exported: null,
  });
  return findings.map(oneLine);
}

test('100,000 entries in a chain, and a circle of two among them', async () => {
  const make = (circle: string) => `
    TRUNCATE links;
    INSERT INTO links SELECT n, 'o' || n % 3, md5(n::text), CASE WHEN n >= 3 THEN md5((n - 3)::text) END FROM generate_series(0, 99999) n;
    ${circle}`;
  await client.query(make(''));
  expect(await askChains()).toEqual([
    'pass: The chains of 3 organisations in public.links (100,000 entries) are whole. Links only: what the hashes are made from was not checked.',
  ]);
  const circle = `INSERT INTO links VALUES (-1, 'o1', 'a', 'b'), (-2, 'o1', 'b', 'a')`;
  await client.query(make(circle));
  expect(await askChains()).toEqual([
    'fail: In public.links 2 entries are not reached from the first entry of their chain: they follow each other in a circle. The first: id = -1, of the organisation o1.',
  ]);
});

/** A whole chain for each organisation, then any of its links bent, dropped, doubled or crossed over. */
const linksArbitrary = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', null), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 3,
      selector: ([organisation]) => organisation,
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

const link = (hash: string, previous: string | null): Link => ({ organisation: 'a', hash, previous });
/** What chance may leave out. */
const rareOnes: [Link[]][] = [
  [[link('1', null), link('2', '3'), link('3', '2')]],
  [[link('1', null), link('2', '2')]],
  [[link('1', null), link('2', '1'), link('3', '1')]],
  [[link('1', null), link('3', '2')]],
  [[link('2', '1')]],
  [[]],
];

test('says the same as a walk over every chain, whatever was done to the links', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(linksArbitrary, async (links) => {
      await replaceLinks(links);
      const { fault, organisation } = judgeByWalking(links);
      const [found = ''] = await askChains();
      seen.set(fault, (seen.get(fault) ?? 0) + 1);
      expect(found).toContain(fault);
      if (organisation === undefined) return;
      const named =
        organisation === null ? 'the entries without an organisation' : `the organisation ${organisation}`;
      expect(found).toContain(`The first: ${named} has ${fault}`);
    }),
    { numRuns: 300, examples: rareOnes },
  );
  // All kinds came up, so that none of them went unproved.
  expect([...seen.keys()].sort()).toEqual(
    [
      'are whole',
      'has no entry',
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

async function replaceLinks(links: readonly Link[]): Promise<void> {
  await client.query('DELETE FROM links');
  await client.query(
    'INSERT INTO links SELECT ordinality, o, h, p FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS l (o, h, p)',
    [
      links.map(({ organisation }) => organisation),
      links.map(({ hash }) => hash),
      links.map(({ previous }) => previous),
    ],
  );
}
