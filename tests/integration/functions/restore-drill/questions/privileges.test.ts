import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { amcheck } from '../../../../../functions/restore-drill/questions/amcheck.ts';
import type { Question } from '../../../../../functions/restore-drill/questions/asking.ts';
import { compareWithExport } from '../../../../../functions/restore-drill/questions/compare-with-export.ts';
import { constraints } from '../../../../../functions/restore-drill/questions/constraints.ts';
import { freshness } from '../../../../../functions/restore-drill/questions/freshness.ts';
import { hashChains } from '../../../../../functions/restore-drill/questions/hash-chains.ts';
import { rowCounts } from '../../../../../functions/restore-drill/questions/row-counts.ts';
import { sequences } from '../../../../../functions/restore-drill/questions/sequences.ts';
import { type DrillCluster, startDrillCluster } from './drill-cluster.ts';
import { exportOf } from './exported.ts';

const weak = { user: 'weak', password: 'weak-secret' };

let cluster: DrillCluster;

/** `weak` sees only what it is granted: the ledger without BYPASSRLS, and users; not what else there is. */
beforeAll(async () => {
  cluster = await startDrillCluster();
  await cluster.asOwner('demo', (client) =>
    client.query(/* sql */ `
      CREATE ROLE weak LOGIN PASSWORD 'weak-secret';
      GRANT USAGE ON SCHEMA public TO weak;
      GRANT SELECT ON ledger_entries, users, medications TO weak;
      REVOKE TEMPORARY ON DATABASE demo FROM PUBLIC`),
  );
});
afterAll(() => cluster?.stop());

const chain = {
  table: 'public.ledger_entries',
  organisation: 'organisation_id',
  hash: 'entry_hash',
  previous: 'prev_entry_hash',
};

const ask = async (question: Question, questions = {}, as = weak) =>
  (await question.ask(cluster.asking('demo', { as, questions, exported: exportOf(cluster, 'demo') })))
    .findings;

describe('a role that may not see everything', () => {
  test('row-level security hides no chain: it is not walked, and the finding says what is needed', async () => {
    expect(await ask(hashChains, { hashChains: [chain] })).toEqual([
      {
        check: 'hash chains',
        status: 'fail',
        fact: 'Nothing is known of public.ledger_entries: row-level security would hide rows of public.ledger_entries from the role weak.',
        limit: 'every row can be seen',
        advice: 'On the source database: ALTER ROLE "weak" BYPASSRLS; The next backup carries it.',
      },
    ]);
  });

  test('without SELECT or USAGE no table passes', async () => {
    const [fresh] = await ask(freshness, {
      freshness: [{ table: 'public.audit_log', column: 'timestamp', withinMinutes: 1 }],
    });
    expect(fresh).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('GRANT SELECT ON "public"."audit_log" TO "weak";'),
    });
    const counted = await ask(rowCounts);
    expect(counted).toContainEqual(
      expect.objectContaining({
        status: 'fail',
        advice: expect.stringContaining('GRANT USAGE ON SCHEMA "MixedCase" TO "weak";'),
      }),
    );
    expect(counted.filter(({ status }) => status === 'fail').at(-1)?.fact).toMatch(/^Another \d+ like these/);
    expect(counted.at(-1)?.fact).toMatch(/^2 tables and materialized views were read/);
  });

  test('sequences and foreign keys that cannot be read are said not to be', async () => {
    const found = await ask(sequences);
    expect(found.filter(({ status }) => status === 'fail').length).toBeGreaterThan(5);
    expect(found[0]?.fact).toMatch(/cannot be held against/);
    expect(await ask(constraints, { revalidate: ['public.medications'] })).toEqual([
      expect.objectContaining({
        status: 'fail',
        fact: expect.stringMatching(
          /medications_patient_id_fkey .* cannot be checked: the role weak may not see all rows of public\.patients/,
        ),
        advice: expect.stringContaining('GRANT SELECT ON "public"."patients" TO "weak";'),
      }),
    ]);
  });

  test('without TEMPORARY nothing is compared, and nothing passes', async () => {
    const [found] = await ask(compareWithExport, { compareWithExport: ['public.users'] });
    expect(found).toMatchObject({
      status: 'fail',
      fact: expect.stringContaining('42501'),
      advice: expect.stringContaining('GRANT TEMPORARY ON DATABASE "demo" TO "weak";'),
    });
  });

  test('an expression whose function it may not run is no changed entry', async () => {
    await cluster.asOwner('demo', (client) =>
      client.query('REVOKE EXECUTE ON FUNCTION ledger_entry_hash FROM PUBLIC'),
    );
    const asked = { hashChains: [{ ...chain, recompute: 'ledger_entry_hash(ledger_entries)' }] };
    const [found] = await ask(hashChains, asked, { user: 'nightshift', password: 'job-secret' });
    expect(found).toMatchObject({
      status: 'fail',
      fact: expect.stringMatching(/42501.*permission denied for function/),
    });
    expect(found?.advice).toMatch(/EXECUTE/);
  });
});

describe('amcheck', () => {
  test('functions that the role may not run: a warning with the grants, and no failure of the database', async () => {
    expect(await ask(amcheck)).toEqual([
      expect.objectContaining({
        status: 'warn',
        fact: expect.stringContaining('The role weak may not run its functions.'),
        advice: expect.stringMatching(
          /GRANT EXECUTE ON FUNCTION nightshift\.bt_index_check\(regclass,boolean\) TO "weak";.*verify_heapam/,
        ),
      }),
    ]);
  });

  test('missing, and not to be had', async () => {
    await cluster.asOwner('demo', (client) => client.query('DROP EXTENSION amcheck'));
    expect(await ask(amcheck)).toEqual([
      expect.objectContaining({
        status: 'warn',
        fact: expect.stringMatching(/amcheck cannot be used\. It is not installed: .*42501/),
        advice: expect.stringContaining('CREATE EXTENSION amcheck;'),
      }),
    ]);
  });

  test('missing, and made by a role that may: used, and gone afterwards', async () => {
    const owner = { user: 'owner', password: 'owner-secret' };
    expect(await ask(amcheck, {}, owner)).toEqual([expect.objectContaining({ status: 'pass' })]);
    const left = await cluster.asOwner('demo', (client) =>
      client.query(`SELECT extname FROM pg_extension WHERE extname = 'amcheck'`),
    );
    expect(left.rows).toEqual([]);
  });
});
