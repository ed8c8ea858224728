import diagnostics from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { headersForNextHop } from '../gateway/http-io.ts';
import type { AwsCall, AwsReply } from '../gateway/service.ts';

/** S3 takes 5 GiB in one request; fauxqs holds each body in memory, so this is what a laptop can bear. */
const MAXIMUM_UPLOAD_BYTES = 1024 ** 3;

export interface LocalFauxqs {
  readonly port: number;
  createBucket(name: string): void;
  /** Answers a call of SNS or SQS within this process: a socket in between would cost more than the answer. */
  answer(call: AwsCall): Promise<AwsReply>;
  stop(): Promise<void>;
}

/** Starts S3, SNS and SQS on a free port of 127.0.0.1; objects lie under `s3Folder` as `object-path.ts` says. */
export async function startLocalFauxqs(s3Folder: string): Promise<LocalFauxqs> {
  const { server, fastify } = await listenOnLoopback(() =>
    startFauxqs({ port: 0, logger: false, s3StorageDir: s3Folder }),
  );
  return {
    port: server.port,
    createBucket: (name) => {
      server.createBucket(name);
    },
    answer: (call) => ask(fastify, call),
    stop: () => server.stop(),
  };
}

async function ask(
  fastify: FastifyServer,
  { method, path, query, headers, body }: AwsCall,
): Promise<AwsReply> {
  const url = query.size === 0 ? path : `${path}?${query}`;
  const passedOn = { ...headersForNextHop(headers), 'content-length': String(body.length) };
  const answer = await fastify.inject({ method, url, headers: passedOn, payload: body });
  return {
    status: answer.statusCode,
    headers: headersForNextHop(answer.headers) as Record<string, string>,
    body: answer.rawPayload,
  };
}

/**
 * fauxqs always listens on every interface and refuses bodies over 11 MiB. Fastify publishes each new server before
 * its maker goes on, and fauxqs makes its own before its first pause, so both are put right here.
 */
async function listenOnLoopback(
  start: () => Promise<FauxqsServer>,
): Promise<{ server: FauxqsServer; fastify: FastifyServer }> {
  const made: FastifyServer[] = [];
  const adjust = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyServer };
    adjustServer(fastify);
    made.push(fastify);
  };
  diagnostics.subscribe('fastify.initialization', adjust);
  try {
    const server = await start();
    const [fastify] = made;
    if (!fastify) throw new Error('fauxqs has made no server of Fastify');
    return { server, fastify };
  } finally {
    diagnostics.unsubscribe('fastify.initialization', adjust);
  }
}

/** What is touched of a Fastify server. */
interface FastifyServer {
  listen(options: { readonly port: number; readonly host: string }): Promise<string>;
  addHook(name: 'onRoute', hook: (route: { bodyLimit?: number }) => void): void;
  inject(request: {
    readonly method: string;
    readonly url: string;
    readonly headers: OutgoingHttpHeaders;
    readonly payload: Buffer;
  }): Promise<{
    readonly statusCode: number;
    readonly headers: IncomingHttpHeaders;
    readonly rawPayload: Buffer;
  }>;
}

function adjustServer(server: FastifyServer): void {
  const listen = server.listen.bind(server);
  server.listen = (options) => listen({ ...options, host: '127.0.0.1' });
  server.addHook('onRoute', (route) => {
    route.bodyLimit = MAXIMUM_UPLOAD_BYTES;
  });
}
