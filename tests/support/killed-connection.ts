import type { Client } from 'pg';
import type { Connect } from '../../functions/audit-archive/archive-slice.ts';

/** Connections that end as a killed process leaves them: from one statement on, nothing more is sent. */
export interface KilledConnections {
  readonly connect: Connect;
  /** Statements that were begun, so far. */
  readonly count: () => number;
}

/**
 * Breaks at the statement of this number, counted over all connections: `before` it is sent, or `during` it, when the
 * server may come to its end or not.
 */
export function killedAt(connect: Connect, fatal: number, when: 'before' | 'during'): KilledConnections {
  let count = 0;
  const kill = (client: Client): never => {
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    throw new Error('killed');
  };
  const watched = (client: Client): Client => {
    const query = client.query.bind(client) as (...rest: unknown[]) => unknown;
    const counted = (...rest: unknown[]) => {
      count += 1;
      if (count < fatal) return query(...rest);
      if (count > fatal || when === 'before') return kill(client);
      const sent = query(...rest);
      if (sent instanceof Promise) {
        // Its end is nobody's any more.
        sent.catch(() => undefined);
        return new Promise((resolve) => setTimeout(resolve, 2)).then(() => kill(client));
      }
      return kill(client);
    };
    return Object.assign(client, { query: counted });
  };
  return { connect: (use) => connect((client) => use(watched(client))), count: () => count };
}
