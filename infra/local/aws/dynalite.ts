import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AwsCall, AwsReply } from '../gateway/service.ts';

type StartDynalite = (options: {
  createTableMs: number;
  deleteTableMs: number;
  updateTableMs: number;
}) => Server;

/** DynamoDB, one for each region, made when the region is first asked for. */
export interface LocalDynamo {
  answer(call: AwsCall): Promise<AwsReply>;
}

/** Nothing is loaded until the first call; tables live in memory. */
export function localDynamo(): LocalDynamo {
  const servers = new Map<string, Server>();
  return {
    answer: (call) => {
      const server = servers.get(call.region) ?? makeServer();
      servers.set(call.region, server);
      return ask(server, call);
    },
  };
}

function makeServer(): Server {
  const require = createRequire(import.meta.url);
  const dynalite = require('dynalite') as StartDynalite;
  // No waiting for CREATING to pass: real tables stand long before a job runs.
  return dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
}

/** Hands a call to a server of this process that listens nowhere: a socket in between would cost more than the answer. */
function ask(server: Server, { method, path, query, headers, body }: AwsCall): Promise<AwsReply> {
  const url = query.size === 0 ? path : `${path}?${query}`;
  const request = Object.assign(new EventEmitter(), { method, url, headers });
  return new Promise((resolve) => {
    const answered: Record<string, string> = {};
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: string | number) => {
        answered[name.toLowerCase()] = String(value);
      },
      end: (text = '') => resolve({ status: response.statusCode, headers: answered, body: text }),
    };
    server.emit('request', request, response);
    request.emit('data', body);
    request.emit('end');
  });
}
