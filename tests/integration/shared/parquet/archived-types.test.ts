import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import type { PostgresMajor } from '../../../../infra/local/postgres/binaries.ts';
import { ArchiveThread } from '../../../../shared/parquet/archive-thread.ts';
import { readBack } from '../../../../shared/parquet/read-back.ts';
import { fixTextForms } from '../../../../shared/parquet/read-columns.ts';
import { quoteName } from '../../../../shared/postgres/quote.ts';
import { type Archived, archiveWhatFits, askDuckDb, rehydrate } from '../../../support/archived-file.ts';
import { asText, TYPE_CASES, TYPES_SQL } from '../../../support/archived-types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';

const majors: PostgresMajor[] = [15, 18];
const name = (index: number) => `c "${index}" , ${TYPE_CASES[index]?.type}`;
const rowsOfAllTypes = fc.array(fc.tuple(...TYPE_CASES.map(({ values }) => fc.option(values))), {
  maxLength: 12,
});

describe.each(majors)('rows of every type, on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let client: Client;
  const thread = new ArchiveThread();

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    await cluster.createDatabase('types');
    client = new Client(cluster.config('types'));
    await client.connect();
    const columns = TYPE_CASES.map(({ type }, index) => `${quoteName(name(index))} ${type}`);
    await client.query(TYPES_SQL);
    await client.query(`CREATE TABLE things (key integer PRIMARY KEY, ${columns.join(', ')})`);
    await client.query('CREATE TABLE back (LIKE things)');
  }, patienceMs);

  afterAll(async () => {
    await thread.close();
    await client?.end();
    await cluster?.stop();
  });

  async function fill(rows: readonly (readonly (string | null)[])[]): Promise<void> {
    await client.query('TRUNCATE things, back');
    for (const [key, row] of rows.entries()) {
      const values = row.map((value, index) => `(${value ?? 'NULL'})::${TYPE_CASES[index]?.type}`);
      await client.query(`INSERT INTO things VALUES (${[key, ...values].join(', ')})`);
    }
  }

  /** Rows that differ by Postgres's own comparison, or by their text. */
  async function differingRows(): Promise<unknown[]> {
    const differ = TYPE_CASES.flatMap(({ hasEquality = true }, index) => {
      const column = quoteName(name(index));
      const byText = `t.${column}::text IS DISTINCT FROM b.${column}::text`;
      return hasEquality ? [byText, `t.${column} IS DISTINCT FROM b.${column}`] : [byText];
    });
    const { rows } = await client.query(
      `SELECT * FROM things t FULL JOIN back b USING (key) WHERE t.key IS NULL OR b.key IS NULL OR ${differ.join(' OR ')}`,
    );
    return rows;
  }

  async function expectDuckDbToAgree({ bytes, columns }: Archived): Promise<void> {
    const stored = new Map(columns.map((column) => [column.name, column]));
    const compared = TYPE_CASES.map((typeCase, index) => {
      const column = quoteName(name(index));
      const by = stored.get(name(index))?.selected === 'text' ? asText : typeCase.compared;
      return {
        inDuckDb: `${by.inDuckDb(column)} AS v${index}`,
        inPostgres: `${by.inPostgres(column)} AS v${index}`,
      };
    });
    const found = await askDuckDb(
      bytes,
      `SELECT ${compared.map(({ inDuckDb }) => inDuckDb).join(', ')} FROM $file ORDER BY key`,
    );
    await client.query('BEGIN');
    await fixTextForms(client);
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT ${compared.map(({ inPostgres }) => inPostgres).join(', ')} FROM public.things ORDER BY key`,
    );
    await client.query('COMMIT');
    const numbersAsFound = rows.map((row, at) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          typeof found[at]?.[key] === 'number' && value !== null ? Number(value) : value,
        ]),
      ),
    );
    expect(found).toEqual(numbersAsFound);
  }

  test(
    'come back identical, by Postgres’s own comparison, and DuckDB reads the same values',
    async () => {
      const property = fc.asyncProperty(rowsOfAllTypes, async (rows) => {
        await fill(rows);
        const archived = await archiveWhatFits({ client, thread, table: 'things', bounded: ['key'] });
        const { rows: counted, contentHash, sha256, sizeBytes } = archived.summary;
        expect(counted).toBe(rows.length);
        const source = (async function* () {
          yield archived.bytes;
        })();
        expect(await readBack({ source, thread })).toEqual({ rows: counted, contentHash, sha256, sizeBytes });
        await rehydrate(client, archived, 'back');
        expect(await differingRows()).toEqual([]);
        await expectDuckDbToAgree(archived);
      });
      await fc.assert(property, { numRuns: rounds(15, 400) });
    },
    patienceMs,
  );
});
