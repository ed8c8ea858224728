import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allQuestions } from '../../../../../functions/restore-drill/questions/questions.ts';
import { demoTables } from '../../../../../infra/local/demo/tables.ts';
import { readMoment, readSettled } from '../../../../../shared/postgres/moment.ts';
import { rowBounds } from '../../../../../shared/postgres/row-bounds.ts';
import { type DrillCluster, oneLine, startDrillCluster } from './drill-cluster.ts';
import { exportOf } from './exported.ts';

const ledger = {
  table: 'public.ledger_entries',
  organisation: 'organisation_id',
  hash: 'entry_hash',
  previous: 'prev_entry_hash',
};

describe.each([15, 18] as const)('on Postgres %i', (major) => {
  let cluster: DrillCluster;
  beforeAll(async () => {
    cluster = await startDrillCluster(major);
  });
  afterAll(() => cluster?.stop());

  test('a healthy database passes every question, asked by a role that is no superuser', async () => {
    const bounds = await cluster.asOwner('demo', async (client) => {
      await client.query('ANALYZE');
      const [before, after] = [await readMoment(client, 1e9), await readMoment(client, 1e9)];
      return rowBounds(before, after, { ...(await readSettled(client, after)), sessionsHoldingBack: 0 });
    });
    const asking = cluster.asking('demo', {
      questions: {
        roles: ['nightshift', 'demo_app'],
        extensions: ['pg_stat_statements'],
        schemaVersion: { query: 'SELECT version_num FROM alembic_version' },
        revalidate: demoTables(),
        freshness: [{ table: 'public.audit_log', column: 'timestamp', withinMinutes: 60 * 24 }],
        hashChains: [ledger, { ...ledger, recompute: 'ledger_entry_hash(ledger_entries)' }],
        assertions: [
          {
            name: 'no negative doses',
            query: 'SELECT count(*) FROM medications WHERE dose_mg < 0',
            equals: '0',
          },
        ],
        compareWithExport: [
          'public.patients',
          'public.audit_log',
          'oddities.every_type',
          'oddities."Order Line"',
        ],
      },
      baseline: { bounds, lastDrill: null },
      exported: exportOf(cluster, 'demo'),
    });
    const answers = [];
    for (const question of allQuestions) {
      expect(question.isAsked(asking.questions)).toBe(true);
      answers.push(await question.ask(asking));
    }
    const findings = answers.flatMap((answer) => answer.findings);
    expect(findings.filter(({ status }) => status !== 'pass').map(oneLine)).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'opens',
      'data checksums',
      'roles',
      'extensions',
      'schema version',
      'freshness',
      'sequences',
      'hash chains',
      'hash chains',
      'assertions',
      'row counts',
      'constraints',
      ...Array.from({ length: 4 }, () => 'compare with export'),
      'amcheck',
    ]);
    expect(findings.map(oneLine)).toContain(
      'pass: The chains of 5 organisations in public.ledger_entries (1,501 entries) are whole. Every hash was computed anew, and is that of its entry.',
    );
    const counts = answers.flatMap((answer) => answer.counts ?? []);
    expect(counts).toContainEqual({ table: 'public.ledger_entries', rows: 1_501 });
    expect(counts).toContainEqual({ table: 'oddities.big_values', rows: 3 });
  });
});
