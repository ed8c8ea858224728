import { type Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { headersForNextHop } from './http-io.ts';

/**
 * Sends a request on to `127.0.0.1:port` while its body is still arriving, and resolves with the answer's head; the
 * answer's body is still to be read. Rejects when the upstream, or the client in the middle of its body, goes away.
 */
export async function streamUpstream(
  incoming: IncomingMessage,
  target: { readonly port: number; readonly agent: Agent },
): Promise<IncomingMessage> {
  const outgoing = request({
    host: '127.0.0.1',
    port: target.port,
    agent: target.agent,
    method: incoming.method,
    path: incoming.url,
    headers: headersForNextHop(incoming.headers),
  });
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // Also tells when the client breaks off; after an early answer (a refused upload) it changes nothing any more.
    pipeline(incoming, outgoing).catch(reject);
  });
}

/** Sends the upstream's answer to the client, chunk by chunk. A client that goes away ends both sides. */
export async function streamAnswer(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, headersForNextHop(answer.headers));
  await pipeline(answer, response);
}
