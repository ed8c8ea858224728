import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { planEnding } from '../../../../functions/db-maintenance/end-sessions.ts';
import { readServer } from '../../../../functions/db-maintenance/read-server.ts';
import { connectionTo, withConnection as withOwner } from '../../../../infra/local/postgres/connection.ts';
import { copyCluster } from '../../../../infra/local/postgres/data-directory.ts';
import { startServer } from '../../../../infra/local/postgres/server.ts';
import { withConnection } from '../../../../shared/postgres/connect.ts';
import { jobConnection } from '../../../support/job-connection.ts';
import { newCluster } from '../../../support/new-cluster.ts';
import { type Bench, openBench } from '../../local/postgres/cluster.ts';

const superuser = { user: 'owner', password: 'owner-secret' };

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A copy of a primary that was stopped, as a read replica is one: it answers, and only reads. */
async function startStandby() {
  const dataDirectory = path.join(bench.folder, 'primary');
  const certificate = bench.certificateFiles;
  await newCluster(bench.host, {
    ...{ major: 15, dataDirectory, superuser: superuser.user, password: superuser.password },
  });
  const primary = await startServer(bench.host, { major: 15, dataDirectory, settings: { certificate } });
  const { certificatePem } = bench.certificate;
  const addressOf = (port: number) => ({ host: '127.0.0.1', port, ...superuser, certificatePem });
  await withOwner(connectionTo({ ...addressOf(primary.port), database: 'postgres' }), (client) =>
    client.query('CREATE TABLE half_dead AS SELECT generate_series(1, 5000) AS id; DELETE FROM half_dead'),
  );
  await primary.stop();
  const copy = path.join(bench.folder, 'standby');
  await copyCluster(bench.host, dataDirectory, copy);
  await writeFile(path.join(copy, 'standby.signal'), '');
  const settings = { certificate, parameters: { hot_standby: 'on' } };
  const standby = await startServer(bench.host, { major: 15, dataDirectory: copy, settings });
  return { address: addressOf(standby.port) };
}

test('a standby is refused before anything is tried, and the config that mends it is told', async () => {
  const { address } = await startStandby();
  const cluster = { address } as Parameters<typeof jobConnection>[0];
  const options = await jobConnection(cluster, 'postgres', bench.folder);
  const words = /This server is a standby.*Name the primary as "instance" in the config/;
  await expect(withConnection(options, readServer)).rejects.toThrow(words);
  const limits = { selectsOverMinutes: 1, idleInTransactionMinutes: 1 };
  await expect(withConnection(options, (client) => planEnding(client, limits))).rejects.toThrow(words);
});
