import type { Client } from 'pg';

/**
 * Runs `COPY … TO STDOUT` and yields what it sends, in blocks of about a megabyte that the receiver may keep or
 * transfer. To be read to its end: a COPY that is left halfway breaks the connection.
 */
export function copyOut(_client: Client, _statement: string): AsyncIterable<Uint8Array> {
  throw new Error('not yet');
}
