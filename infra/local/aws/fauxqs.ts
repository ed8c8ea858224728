import diagnostics from 'node:diagnostics_channel';
import { type FauxqsServer, startFauxqs } from 'fauxqs';

/** S3 takes 5 GiB in one request; fauxqs holds each body in memory, so this is what a laptop can bear. */
const MAXIMUM_UPLOAD_BYTES = 1024 ** 3;

export interface LocalFauxqs {
  readonly port: number;
  createBucket(name: string): void;
  stop(): Promise<void>;
}

/** Starts S3, SNS and SQS on a free port of 127.0.0.1; objects lie under `s3Folder` as `object-path.ts` says. */
export async function startLocalFauxqs(s3Folder: string): Promise<LocalFauxqs> {
  const server = await listenOnLoopback(() =>
    startFauxqs({ port: 0, logger: false, s3StorageDir: s3Folder }),
  );
  return {
    port: server.port,
    createBucket: (name) => {
      server.createBucket(name);
    },
    stop: () => server.stop(),
  };
}

/**
 * fauxqs always listens on every interface and refuses bodies over 11 MiB. Fastify publishes each new server before
 * its maker goes on, and fauxqs makes its own before its first pause, so both are put right here.
 */
async function listenOnLoopback(start: () => Promise<FauxqsServer>): Promise<FauxqsServer> {
  const adjust = (message: unknown): void => adjustServer((message as { fastify: FastifyServer }).fastify);
  diagnostics.subscribe('fastify.initialization', adjust);
  try {
    return await start();
  } finally {
    diagnostics.unsubscribe('fastify.initialization', adjust);
  }
}

/** What is touched of a Fastify server. */
interface FastifyServer {
  listen(options: { readonly port: number; readonly host: string }): Promise<string>;
  addHook(name: 'onRoute', hook: (route: { bodyLimit?: number }) => void): void;
}

function adjustServer(server: FastifyServer): void {
  const listen = server.listen.bind(server);
  server.listen = (options) => listen({ ...options, host: '127.0.0.1' });
  server.addHook('onRoute', (route) => {
    route.bodyLimit = MAXIMUM_UPLOAD_BYTES;
  });
}
