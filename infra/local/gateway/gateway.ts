import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CallListener, CallLog, type CallRecord } from './call-log.ts';
import { Faults } from './faults.ts';
import { type ControlHandler, type Destination, type ServeContext, serve } from './serve.ts';
import type { LocalService, StreamedService } from './service.ts';

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

/** Starts the gateway on 127.0.0.1; rejects when the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const log = new CallLog();
  const faults = new Faults();
  const agent = new Agent({ keepAlive: true });
  const destinations = new Map<string, Destination>();
  for (const local of options.services) destinations.set(local.name, { local });
  for (const streamed of options.streamed) destinations.set(streamed.name, { streamed });

  const context: ServeContext = { log, faults, agent, destinations, control: options.control };
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
