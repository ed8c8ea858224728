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
  if (incoming.destroyed && !incoming.complete) throw brokenOff();
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
    // More than once: an upstream that refuses an upload early may answer first and break off then.
    outgoing.on('error', reject);
    incoming.once('close', () => {
      if (!incoming.complete) outgoing.destroy(brokenOff());
    });
    incoming.pipe(outgoing);
  });
}

function brokenOff(): Error {
  return new Error('The client broke off in the middle of its body');
}

/** Sends the upstream's answer to the client, chunk by chunk. A client that goes away ends both sides. */
export async function streamAnswer(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, headersForNextHop(answer.headers));
  await pipeline(answer, response);
}
