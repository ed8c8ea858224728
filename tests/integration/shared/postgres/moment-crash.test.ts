import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type PostgresServer, startServer } from '../../../../infra/local/postgres/server.ts';
import { type Moment, readMoment, readSettled } from '../../../../shared/postgres/moment.ts';
import { rowBounds } from '../../../../shared/postgres/row-bounds.ts';
import { settle as settleAll } from '../../../support/settle.ts';
import {
  type Bench,
  type Cluster,
  connectTo,
  openBench,
  startCluster,
} from '../../local/postgres/cluster.ts';

let bench: Bench;
let cluster: Cluster;
let server: PostgresServer;

beforeAll(async () => {
  bench = await openBench();
  cluster = await startCluster(bench);
  server = cluster.server;
  await connected(async (client) => {
    await client.query('CREATE TABLE t (id integer); INSERT INTO t VALUES (1), (2), (3)');
  });
});
afterAll(async () => {
  await server.discard();
  await bench[Symbol.asyncDispose]();
});

async function connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(connectTo(bench, server.port));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const moment = () => connected((client) => readMoment(client, 2 ** 30));
const settle = (after: Moment) => connected((client) => readSettled(client, after));
const insert = () => connected((client) => client.query('INSERT INTO t VALUES (4)'));

async function restart(end: 'kill' | 'stop') {
  await server[end]();
  const { dataDirectory, major } = server;
  server = await startServer(bench.host, {
    major,
    dataDirectory,
    settings: { certificate: bench.certificateFiles },
  });
}

test.each(['kill', 'stop'] as const)(
  'after %s and a new start between the moments, nothing is proved',
  async (end) => {
    const before = await moment();
    await insert();
    await restart(end);
    const after = await moment();
    const bounds = rowBounds(before, after, await settle(after));
    expect(bounds).toMatchObject([{ basis: 'uncertain', note: expect.stringMatching(/restarted/) }]);
  },
);

test('nor after a crash before the counters have settled', async () => {
  const before = await moment();
  await insert();
  const after = await moment();
  await restart('kill');
  expect(rowBounds(before, after, await settle(after))).toMatchObject([{ basis: 'uncertain' }]);
});

test('a server that stayed up the while counts', async () => {
  const before = await moment();
  await insert();
  const after = await moment();
  const settled = await connected((client) => settleAll(client, after, before));
  expect(rowBounds(before, after, settled)).toMatchObject([{ basis: 'counted' }]);
});
