import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SinkConfig, SinkKind, StageConfig } from '../../../shared/config/schema.ts';
import { type SinkService, sinkService } from './sink-services.ts';

/** What a sink was told, as it came over HTTP, without any secret. */
export interface SinkMessage {
  readonly sink: string;
  readonly kind: SinkKind;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly body: unknown;
}

/** Stands for Slack, Teams, PagerDuty and whoever has a webhook: a real server of this machine, for all sinks of a stage. */
export interface SinkServer {
  /** Where everything that came can be read, as JSON. */
  readonly messagesUrl: string;
  /** In the order in which they came. */
  readonly messages: readonly SinkMessage[];
  /** For a message that came another way than over HTTP. */
  take(message: SinkMessage): void;
  /** What the stage's secrets must hold for its sinks to be here: by the secret's name in the config. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The config with this server for the services of the sinks. */
  redirect(config: StageConfig): StageConfig;
  stop(): Promise<void>;
}

interface ServedSink {
  readonly sink: string;
  readonly config: SinkConfig;
  readonly service: SinkService;
}

/** Starts the server on a free port of this machine; `onMessage` is told of each message as it is taken. */
export async function startSinkServer(
  sinks: Readonly<Record<string, SinkConfig>>,
  onMessage: (message: SinkMessage) => void = () => undefined,
): Promise<SinkServer> {
  const served = new Map<string, ServedSink>();
  const messages: SinkMessage[] = [];
  const take = (message: SinkMessage) => {
    messages.push(message);
    onMessage(message);
  };
  const server = createServer(
    (request, response) => void serve(request, response, { served, messages, take }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [sink, config] of Object.entries(sinks)) {
    const path = `/${sink}/${randomBytes(16).toString('hex')}`;
    const service = sinkService(config, `${origin}${path}`);
    if (service) served.set(path, { sink, config, service });
  }
  return {
    messagesUrl: `${origin}/messages`,
    messages,
    take,
    secrets: secretsOf([...served.values()]),
    redirect: (config) => redirect(config, [...served.values()]),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Serving {
  readonly served: ReadonlyMap<string, ServedSink>;
  readonly messages: readonly SinkMessage[];
  readonly take: (message: SinkMessage) => void;
}

async function serve(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const path = request.url ?? '';
  if (request.method === 'GET' && path === '/messages') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(serving.messages, null, 2));
    return;
  }
  const found = serving.served.get(path);
  if (!found || request.method !== 'POST') {
    response.writeHead(404).end('no_service');
    return;
  }
  try {
    const { sink, config, service } = found;
    const { status, body, taken } = service.answer({ headers: request.headers, body: await text(request) });
    if (taken !== undefined)
      serving.take({ sink, kind: config.kind, at: new Date().toISOString(), body: taken });
    response.writeHead(status).end(body);
  } catch (error) {
    response.writeHead(400).end(`The message cannot be read: ${(error as Error).name}`);
  }
}

function secretsOf(served: readonly ServedSink[]): Record<string, string> {
  return Object.fromEntries(
    served.flatMap(({ config, service }) => ('secret' in config ? [[config.secret, service.secret]] : [])),
  );
}

function redirect(config: StageConfig, served: readonly ServedSink[]): StageConfig {
  const { alarms } = config;
  if (!alarms) return config;
  const moved = served.flatMap(({ sink, config: one, service: { endpoint } }) =>
    endpoint === null ? [] : [[sink, { ...one, endpoint }]],
  );
  return { ...config, alarms: { ...alarms, sinks: { ...alarms.sinks, ...Object.fromEntries(moved) } } };
}
