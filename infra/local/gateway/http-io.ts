import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { AwsFault, type AwsReply } from './service.ts';

/** Larger than any request of the services that answer from a held body; DynamoDB's 16 MB batches are the largest. */
const MAXIMUM_BODY_BYTES = 20 * 1024 * 1024;

/** Reads a whole message; throws AwsFault RequestEntityTooLarge past 20 MiB. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes > MAXIMUM_BODY_BYTES) {
      throw new AwsFault('RequestEntityTooLarge', `The body is over ${MAXIMUM_BODY_BYTES} bytes`, 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function sendReply(response: ServerResponse, reply: AwsReply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  response.end(body);
}

/** Headers that speak of one connection (RFC 9110, 7.6.1), and `expect`, which has been answered already. */
const ONE_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers to send on to the next hop; `host` stays that of the client, since it is part of the signature. */
export function headersForNextHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ONE_HOP.has(name)));
}
