import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PostgresError } from '../../../../shared/job/errors.ts';
import { withConnection } from '../../../../shared/postgres/connect.ts';
import { stageConfig } from '../../../support/stage-config.ts';
import { certificateFor, type StubAnswer, startTlsStub } from '../../../support/tls-stub.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Tries to connect to a stub, trusting these authorities; gives the error and what the stub was told. */
async function connect(answer: StubAnswer, authorities: string, host: string) {
  const stub = await startTlsStub(answer);
  const caFile = join(folder, 'authorities.pem');
  await writeFile(caFile, authorities);
  const database = stageConfig().databases.menotime;
  if (!database) throw new Error('the fixture has no database');
  try {
    const error = await withConnection(
      {
        address: { host, port: stub.port },
        database: { ...database, connectTimeoutSeconds: 0.5 },
        credentials: { user: 'nightshift', password: 'not to be told' },
        caFile,
        applicationName: 'nightshift test',
      },
      async () => undefined,
    ).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { error, received: stub.received() };
  } finally {
    await stub.stop();
  }
}

test('a certificate of the host, from an authority that is trusted, is accepted', async () => {
  const certificate = await certificateFor('localhost');
  const { received } = await connect({ certificate }, certificate.cert, 'localhost');
  // The stub answers nothing to it, but it was told who wants to come in.
  expect(received).toContain('nightshift');
});

test('a certificate from another authority is refused before anything is told', async () => {
  const certificate = await certificateFor('localhost');
  const { cert } = await certificateFor('localhost');
  const { error, received } = await connect({ certificate }, cert, 'localhost');
  expect(error).toBeInstanceOf(PostgresError);
  expect(error).toMatchObject({ transient: false, message: expect.stringMatching(/certificate/) });
  expect(received).toBe('');
});

test.each([
  ['localhost', 'db.menotime.example'],
  ['127.0.0.1', 'db.menotime.example'],
  ['127.0.0.1', 'localhost'],
])('the certificate of another host is refused: %s shows that of %s', async (host, name) => {
  const certificate = await certificateFor(name);
  const { error, received } = await connect({ certificate }, certificate.cert, host);
  expect(error).toMatchObject({
    transient: false,
    message: expect.stringMatching(/does not match|altnames/i),
  });
  expect(received).toBe('');
});

test('a server without TLS is refused, and is told neither user nor password', async () => {
  const { cert } = await certificateFor('localhost');
  const { error, received } = await connect('no TLS', cert, 'localhost');
  expect(error).toMatchObject({ transient: false, message: expect.stringMatching(/does not support SSL/) });
  expect(received).toBe('');
});

test('a server that says nothing is given up, and may answer the next time', async () => {
  const { cert } = await certificateFor('localhost');
  const { error } = await connect('silence', cert, 'localhost');
  expect(error).toMatchObject({ name: 'PostgresError', transient: true });
});

test('a port where nobody listens may have somebody the next time', async () => {
  const { cert } = await certificateFor('localhost');
  const stub = await startTlsStub('silence');
  await stub.stop();
  const caFile = join(folder, 'authorities.pem');
  await writeFile(caFile, cert);
  const database = stageConfig().databases.menotime;
  if (!database) throw new Error('the fixture has no database');
  const connecting = withConnection(
    {
      address: { host: '127.0.0.1', port: stub.port },
      database,
      credentials: { user: 'nightshift', password: 'x' },
      caFile,
      applicationName: 'nightshift test',
    },
    async () => undefined,
  );
  await expect(connecting).rejects.toMatchObject({
    name: 'PostgresError',
    transient: true,
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
