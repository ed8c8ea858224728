import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { actionOf } from './action.ts';
import { type CallListener, CallLog, type CallRecord } from './call-log.ts';
import { credentialScope } from './credential-scope.ts';
import { effectReply } from './fault-reply.ts';
import { Faults } from './faults.ts';
import { readBody, sendReply } from './http-io.ts';
import { faultReply, type Protocol, protocolOf } from './protocol.ts';
import { type AwsCall, AwsFault, type AwsReply, type LocalService, type StreamedService } from './service.ts';
import { streamAnswer, streamUpstream } from './stream-upstream.ts';

/** Answers the stack's own, unsigned calls: everything under `/_nightshift/`. */
export type ControlHandler = (method: string, path: string, body: Buffer) => AwsReply;

export interface GatewayOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly services: readonly LocalService[];
  readonly streamed: readonly StreamedService[];
  readonly control?: ControlHandler;
}

/** The one endpoint of the embedded stack: everything that `AWS_ENDPOINT_URL` needs to name. */
export interface Gateway {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** The newest 10,000 calls, oldest first. */
  readonly calls: readonly CallRecord[];
  readonly faults: Faults;
  onCall(listener: CallListener): () => void;
  /** Adds a service once the gateway runs: for one that needs the endpoint to be made. */
  add(service: LocalService): void;
  stop(): Promise<void>;
}

interface Destination {
  readonly local?: LocalService;
  readonly streamed?: StreamedService;
}

/** What serving one call needs to know of it. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly call: AwsCall;
  readonly record: CallRecord;
  readonly protocol: Protocol;
}

/** Starts the gateway on 127.0.0.1; rejects when the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const log = new CallLog();
  const faults = new Faults();
  const agent = new Agent({ keepAlive: true });
  const destinations = new Map<string, Destination>();
  for (const local of options.services) destinations.set(local.name, { local });
  for (const streamed of options.streamed) destinations.set(streamed.name, { streamed });

  const context: Context = { log, faults, agent, destinations, control: options.control };
  const server = createServer((incoming, response) => {
    serve(context, incoming, response).catch((error: unknown) => {
      // The client has gone, or half of the answer has: all that is left is to end the connection.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // Longer than any client keeps an idle connection, so that none is closed under a request just sent.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls: log.calls,
    faults,
    onCall: (listener) => log.onCall(listener),
    add: (local) => {
      destinations.set(local.name, { local });
    },
    stop: async () => {
      agent.destroy();
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Context {
  readonly log: CallLog;
  readonly faults: Faults;
  readonly agent: Agent;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly control: ControlHandler | undefined;
}

async function serve(context: Context, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://gateway');
  if (url.pathname.startsWith('/_nightshift/')) return control(context, url.pathname, incoming, response);

  const scope = credentialScope(incoming.headers, url.searchParams);
  const protocol = protocolOf(scope?.service ?? '', incoming.headers);
  try {
    if (!scope) throw unsigned();
    const destination = context.destinations.get(scope.service);
    if (!destination) throw unknownService(scope.service, [...context.destinations.keys()]);
    const request = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: destination.streamed ? Buffer.alloc(0) : await readBody(incoming),
    };
    const { service, region } = scope;
    const action = actionOf(service, request);
    const at = new Date();
    const call: AwsCall = { ...request, service, region, action, receivedAt: at };
    const record = context.log.add({ service, action, region, at });
    await answer(context, destination, { incoming, response, call, record, protocol });
  } catch (error) {
    if (response.headersSent || incoming.socket.destroyed) throw error;
    const fault = error instanceof AwsFault ? error : internalFailure('gateway', error);
    sendReply(response, faultReply(protocol, fault));
  }
}

async function answer(context: Context, destination: Destination, exchange: Exchange): Promise<void> {
  const { call, record, response, protocol } = exchange;
  await context.log.tell('before', record);
  if (await isGone(exchange.incoming)) return;
  const effects = context.faults.take(record);
  for (const effect of effects) {
    record.fault = effect.kind;
    if (effect.kind === 'latency') await sleep(effect.milliseconds);
    if (effect.kind === 'cut' && effect.when === 'before') {
      response.destroy();
      return;
    }
    const reply = effectReply(call.service, protocol, effect);
    if (reply) {
      record.status = reply.status;
      await context.log.tell('after', record);
      sendReply(response, reply);
      return;
    }
  }
  const answerIsLost = effects.some((effect) => effect.kind === 'cut');
  if (destination.streamed) await answerStreamed(context, destination.streamed, exchange, answerIsLost);
  if (destination.local) await answerLocally(context, destination.local, exchange, answerIsLost);
}

/** Whether the client has hung up, as one that a listener has killed: its call is to have no effect. */
async function isGone({ socket }: IncomingMessage): Promise<boolean> {
  // The end of a connection is seen in the turn after that of the process behind it.
  await setImmediate();
  return socket.destroyed || socket.readableEnded;
}

async function answerLocally(
  { log }: Context,
  service: LocalService,
  { call, record, response, protocol }: Exchange,
  answerIsLost: boolean,
): Promise<void> {
  const reply = await service
    .handle(call)
    .catch((error: unknown) => faultReply(protocol, asFault(call, error)));
  record.status = reply.status;
  await log.tell('after', record);
  if (answerIsLost) response.destroy();
  else sendReply(response, reply);
}

async function answerStreamed(
  { log, agent }: Context,
  service: StreamedService,
  { incoming, call, record, response }: Exchange,
  answerIsLost: boolean,
): Promise<void> {
  const answered = await service.admit(call);
  const upstream = await streamUpstream(incoming, { port: service.port, agent }).finally(answered);
  record.status = upstream.statusCode ?? 502;
  await log.tell('after', record);
  if (answerIsLost) {
    upstream.resume();
    response.destroy();
    return;
  }
  await streamAnswer(upstream, response);
}

async function control(
  context: Context,
  path: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  const reply = context.control?.(incoming.method ?? 'GET', path, body);
  sendReply(response, reply ?? { status: 404, body: `There is nothing at ${path}` });
}

function asFault(call: AwsCall, error: unknown): AwsFault {
  return error instanceof AwsFault
    ? error
    : internalFailure(`local ${call.service} in ${call.action}`, error);
}

function internalFailure(place: string, error: unknown): AwsFault {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AwsFault(
    'InternalFailure',
    `A fault of the embedded stack itself, in the ${place}: ${detail}`,
    500,
  );
}

function unsigned(): AwsFault {
  return new AwsFault(
    'MissingAuthenticationToken',
    'The request carries no AWS signature. Any credentials will do: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    403,
  );
}

function unknownService(name: string, known: readonly string[]): AwsFault {
  return new AwsFault(
    'UnknownService',
    `The embedded stack has no service '${name}'; it has ${known.toSorted().join(', ')}.`,
    400,
  );
}
