import { type Client, type ClientConfig, escapeIdentifier, escapeLiteral } from 'pg';
import { withConnection } from '../../postgres/connection.ts';

export interface MasterUser {
  readonly name: string;
  readonly password: string;
}

/** The roles that RDS brings; `rds_superuser` is no superuser, but may hand on what it has. */
const RDS_ROLES = /* sql */ `
  CREATE ROLE rds_superuser NOLOGIN;
  CREATE ROLE rds_iam NOLOGIN;
  GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_read_all_data, pg_write_all_data
    TO rds_superuser WITH ADMIN OPTION;`;

/** Sets up the master user, and its database, in a new cluster or in one made from a template. */
export async function provideMasterUser(
  connection: ClientConfig,
  user: MasterUser,
  databaseName: string | undefined,
): Promise<void> {
  await withConnection(connection, async (client) => {
    if (!(await exists(client, 'SELECT 1 FROM pg_roles WHERE rolname = $1', 'rds_superuser'))) {
      await client.query(RDS_ROLES);
    }
    const name = escapeIdentifier(user.name);
    if (!(await exists(client, 'SELECT 1 FROM pg_roles WHERE rolname = $1', user.name))) {
      await client.query(`CREATE ROLE ${name} LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser`);
    }
    await client.query(`ALTER ROLE ${name} PASSWORD ${escapeLiteral(user.password)}`);
    if (
      databaseName !== undefined &&
      !(await exists(client, 'SELECT 1 FROM pg_database WHERE datname = $1', databaseName))
    ) {
      await client.query(`CREATE DATABASE ${escapeIdentifier(databaseName)} OWNER ${name}`);
    }
  });
}

export async function setPassword(connection: ClientConfig, user: MasterUser): Promise<void> {
  await withConnection(connection, (client) =>
    client.query(`ALTER ROLE ${escapeIdentifier(user.name)} PASSWORD ${escapeLiteral(user.password)}`),
  );
}

/** `15.18`, without what a packager adds. */
export async function readVersion(connection: ClientConfig): Promise<string> {
  const { rows } = await withConnection(connection, (client) =>
    client.query<{ server_version: string }>('SHOW server_version'),
  );
  return rows[0]?.server_version.split(' ')[0] ?? '';
}

async function exists(client: Client, sql: string, name: string): Promise<boolean> {
  return (await client.query(sql, [name])).rows.length > 0;
}
