import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { actionOf } from './action.ts';
import type { CallLog, CallRecord } from './call-log.ts';
import { credentialScope } from './credential-scope.ts';
import { effectReply } from './fault-reply.ts';
import type { Faults } from './faults.ts';
import { readBody, sendReply } from './http-io.ts';
import { faultReply, type Protocol, protocolOf } from './protocol.ts';
import { internalFailure, unknownService, unsigned } from './refusals.ts';
import { type AwsCall, AwsFault, type AwsReply, type LocalService, type StreamedService } from './service.ts';
import { streamAnswer, streamUpstream } from './stream-upstream.ts';

/** Answers the stack's own, unsigned calls: everything under `/_nightshift/`. */
export type ControlHandler = (method: string, path: string, body: Buffer) => AwsReply;

/** Exactly one of the two. */
export interface Destination {
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

/** What serving needs of the gateway. */
export interface ServeContext {
  readonly log: CallLog;
  readonly faults: Faults;
  readonly agent: Agent;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly control: ControlHandler | undefined;
}

/** Answers one request: by a service of this process, by one in a server of its own, or with a fault. */
export async function serve(
  context: ServeContext,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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

async function answer(context: ServeContext, destination: Destination, exchange: Exchange): Promise<void> {
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
  { log }: ServeContext,
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
  { log, agent }: ServeContext,
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
  context: ServeContext,
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
