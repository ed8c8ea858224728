import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readMoment } from '../../../../shared/postgres/moment.ts';
import { rowBounds } from '../../../../shared/postgres/row-bounds.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { settle } from '../../../support/settle.ts';

let cluster: EmbeddedCluster;
let reader: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  reader = new Client(cluster.config('postgres'));
  await reader.connect();
  await reader.query('CREATE TABLE t AS SELECT generate_series(1, 3) AS id');
});
afterAll(async () => {
  await reader?.end();
  await cluster?.stop();
});

/** Lets the server say that it is of this version, and know no view that came after 13. */
function pretend(version: string): () => void {
  const query = reader.query.bind(reader);
  reader.query = (async (text: string, values?: unknown[]) => {
    if (text === 'SHOW server_version_num') return { rows: [{ server_version_num: version }] };
    if (text.includes('pg_stat_wal')) throw new Error('relation "pg_stat_wal" does not exist');
    return query(text, values);
  }) as typeof reader.query;
  return () => {
    reader.query = query;
  };
}

async function boundsOfQuietTable() {
  const before = await readMoment(reader, 2 ** 30);
  const after = await readMoment(reader, 2 ** 30);
  return rowBounds(before, after, await settle(reader, after, before));
}

test.each(['130023', '140018'])(
  'of a server of version %s rows are counted, and prove nothing',
  async (version) => {
    const stop = pretend(version);
    const bounds = await boundsOfQuietTable().finally(stop);
    expect(bounds).toEqual([
      {
        schema: 'public',
        table: 't',
        atLeast: '3',
        atMost: '3',
        basis: 'uncertain',
        note: 'before version 15, Postgres may lose what sessions report of their writes',
      },
    ]);
  },
);

test('of the same server, as the version that it is, they are proved', async () => {
  expect(await boundsOfQuietTable()).toMatchObject([{ table: 't', basis: 'counted' }]);
});
