import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inScope, scopeOf, scopeValues } from '../../../../functions/db-maintenance/scope.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    await stage.owner.query(/* sql */ `
      CREATE SCHEMA clinic;
      CREATE TABLE clinic.visits (id integer, at date) PARTITION BY RANGE (at);
      CREATE TABLE clinic.visits_2026 PARTITION OF clinic.visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
        PARTITION BY LIST (id);
      CREATE TABLE clinic."2026 ""one""" PARTITION OF clinic.visits_2026 FOR VALUES IN (1);
      CREATE TABLE clinic.visits_2027 PARTITION OF clinic.visits FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
      CREATE TABLE clinic.notes (id integer);
      -- The same names in another schema, and a table that only inherits.
      CREATE TABLE public.visits_2027 (id integer);
      CREATE TABLE clinic.heirs () INHERITS (clinic.notes)`);
  });
  afterAll(() => stage.stop());

  async function named(
    tables: readonly string[] | null,
    leaveOut: readonly string[] = [],
  ): Promise<string[]> {
    const settings = { ...dbMaintenance.parse({}), leaveOut: [...leaveOut] };
    const values = scopeValues(scopeOf({ tables, settings }));
    const { rows } = await stage.owner.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE relkind IN ('r', 'p') AND n.nspname = 'clinic' AND ${inScope('c')} ORDER BY c.relname COLLATE "C"`,
      values,
    );
    return rows.map(({ name }) => name);
  }

  const visits = ['2026 "one"', 'visits', 'visits_2026', 'visits_2027'];

  test('without names it is all tables', async () => {
    expect(await named(null)).toEqual([
      '2026 "one"',
      'heirs',
      'notes',
      'visits',
      'visits_2026',
      'visits_2027',
    ]);
  });

  test('a partitioned table’s name stands for its partitions, and theirs', async () => {
    expect(await named(['clinic.visits'])).toEqual(visits);
    expect(await named(['clinic.visits_2026'])).toEqual(['2026 "one"', 'visits_2026']);
    expect(await named(['clinic."2026 ""one"""'])).toEqual(['2026 "one"']);
    expect(await named(['clinic.notes'])).toEqual(['notes']);
  });

  test('what is left out stays out, with its partitions, also where it is named', async () => {
    expect(await named(null, ['clinic.visits'])).toEqual(['heirs', 'notes']);
    expect(await named(['clinic.visits'], ['clinic.visits_2026'])).toEqual(['visits', 'visits_2027']);
    expect(await named(['clinic.visits_2027'], ['clinic.visits'])).toEqual([]);
    expect(await named(['clinic.notes'], ['public.visits_2027', 'clinic.gone'])).toEqual(['notes']);
  });
});
