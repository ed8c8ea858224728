import { Agent, type IncomingMessage, request } from 'node:http';
import { headersForNextHop, readBody } from './http-io.ts';
import type { AwsCall, AwsReply, LocalService } from './service.ts';

export interface RelayOptions {
  readonly name: string;
  /** The server on 127.0.0.1 that answers for a region. */
  readonly port: (region: string) => Promise<number>;
  /** Rewrites the request's body on its way there. */
  readonly outbound?: (call: AwsCall) => Buffer;
  /** Rewrites the answer's body on its way back. */
  readonly inbound?: (call: AwsCall, body: Buffer) => Buffer;
}

/** A service whose small messages are passed on to a server of its own, with the client's `host` and signature. */
export function relayService({ name, port, outbound, inbound }: RelayOptions): LocalService {
  const agent = new Agent({ keepAlive: true });
  return {
    name,
    async handle(call) {
      const answer = await send(call, await port(call.region), agent, outbound?.(call) ?? call.body);
      const body = await readBody(answer);
      const headers = headersForNextHop(answer.headers) as Record<string, string>;
      return reply(answer, headers, inbound?.(call, body) ?? body);
    },
  };
}

function reply(answer: IncomingMessage, headers: Record<string, string>, body: Buffer): AwsReply {
  return { status: answer.statusCode ?? 502, headers, body };
}

function send(call: AwsCall, port: number, agent: Agent, body: Buffer): Promise<IncomingMessage> {
  const query = call.query.size === 0 ? '' : `?${call.query}`;
  const headers = { ...headersForNextHop(call.headers), 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const { method } = call;
    const outgoing = request(
      { host: '127.0.0.1', port, agent, method, path: call.path + query, headers },
      resolve,
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
