import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

type StartDynalite = (options: {
  createTableMs: number;
  deleteTableMs: number;
  updateTableMs: number;
}) => Server;

/** DynamoDB, one server for each region, made when the region is first asked for. */
export interface LocalDynamo {
  port(region: string): Promise<number>;
  stop(): Promise<void>;
}

/** Nothing is loaded or started until the first call; tables live in memory. */
export function localDynamo(): LocalDynamo {
  const servers = new Map<string, Promise<Server>>();
  return {
    async port(region) {
      const started = servers.get(region) ?? startServer();
      servers.set(region, started);
      return ((await started).address() as AddressInfo).port;
    },
    async stop() {
      const started = [...servers.values()];
      servers.clear();
      await Promise.all(started.map(async (server) => stopServer(await server)));
    },
  };
}

async function startServer(): Promise<Server> {
  const require = createRequire(import.meta.url);
  const dynalite = require('dynalite') as StartDynalite;
  // No waiting for CREATING to pass: real tables stand long before a job runs.
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

async function stopServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
  server.closeAllConnections();
  await closed;
}
