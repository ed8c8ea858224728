import { Client, type ClientConfig } from 'pg';

export interface ConnectionTarget {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  readonly certificatePem: string;
}

/** Connection settings for a local server: TLS, with its certificate and its name verified. */
export function connectionTo(target: ConnectionTarget): ClientConfig {
  return {
    host: '127.0.0.1',
    port: target.port,
    user: target.user,
    password: target.password,
    database: target.database ?? 'postgres',
    ssl: { ca: target.certificatePem },
    application_name: 'nightshift-local-rds',
  };
}

/** Runs `work` on a connection of its own, which is closed whatever happens. */
export async function withConnection<T>(
  config: ClientConfig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(config);
  // A server that goes away while nothing is asked is reported by the next query; here it must only not end Node.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
