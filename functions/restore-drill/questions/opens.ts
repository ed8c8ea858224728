import type { Client } from 'pg';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Answer, Asking, Question } from './asking.ts';
import { askExtensions, askRoles } from './expected-names.ts';
import { askHidingSettings } from './hiding-damage.ts';
import { askSchemaVersion } from './schema-version.ts';

/** Whether the database opens, as what it should be: its checksums, roles, extensions and schema version. */
export const opens: Question = {
  name: 'opens',
  isAsked: () => true,
  ask: ({ connect, questions, source }) =>
    connect(async (client): Promise<Answer> => {
      const findings = [
        ...(await askServer(client, source)),
        ...(await askHidingSettings(client)),
        ...(await askRoles(client, questions.roles)),
        ...(await askExtensions(client, questions.extensions)),
        ...(await askSchemaVersion(client, questions.schemaVersion)),
      ];
      return { findings };
    }),
};

const serverSql = /* sql */ `
  SELECT current_database() AS database, current_user AS role, current_setting('server_version') AS version,
         pg_is_in_recovery() AS "inRecovery", current_setting('data_checksums') AS checksums`;

interface ServerRow {
  readonly database: string;
  readonly role: string;
  readonly version: string;
  readonly inRecovery: boolean;
  readonly checksums: string;
}

async function askServer(client: Client, source: Asking['source']): Promise<Finding[]> {
  const { rows } = await client.query<ServerRow>(serverSql);
  return rows.flatMap((server) => [judgeDatabase(server, source), judgeChecksums(server)]);
}

function judgeDatabase(server: ServerRow, { databaseName }: Asking['source']): Finding {
  const { database, role, version, inRecovery } = server;
  const right = database === databaseName && !inRecovery;
  return {
    check: 'opens',
    status: right ? 'pass' : 'fail',
    fact: `The database ${database} opens for the role ${role}, with PostgreSQL ${version}${inRecovery ? ', and is still in recovery: nothing can be written' : ''}.`,
    limit: `the database ${databaseName}, open for writing`,
    advice: right ? null : 'Look which snapshot was restored, and whether its recovery has ended.',
  };
}

function judgeChecksums({ checksums }: ServerRow): Finding {
  const on = checksums === 'on';
  return {
    check: 'data checksums',
    status: on ? 'pass' : 'warn',
    fact: `Data checksums are ${checksums}.`,
    limit: 'on',
    advice: on
      ? null
      : 'Without them a block that a disk has changed can be read without an error. RDS has them on, and lets nobody change that: ask AWS support why this instance has none. On a server of your own: pg_checksums --enable, with it stopped.',
  };
}
