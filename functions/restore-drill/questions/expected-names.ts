import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Finding } from '../../../shared/verify/finding.ts';

const rolesSql = /* sql */ `
  SELECT asked.role, r.oid IS NOT NULL AS there, coalesce(r.rolcanlogin, false) AS "canLogin",
         r.oid IS NOT NULL AND has_database_privilege(r.oid, current_database(), 'CONNECT') AS "mayConnect"
    FROM unnest($1::text[]) WITH ORDINALITY AS asked (role, place) LEFT JOIN pg_roles r ON r.rolname = asked.role
   ORDER BY place`;

interface RoleRow {
  readonly role: string;
  readonly there: boolean;
  readonly canLogin: boolean;
  readonly mayConnect: boolean;
}

/** Whether the roles that the config expects are there, and may connect. */
export async function askRoles(client: Client, roles: readonly string[]): Promise<Finding[]> {
  if (roles.length === 0) return [];
  const { rows } = await client.query<RoleRow>(rolesSql, [roles]);
  const faults = rows.flatMap((row) => judgeRole(row));
  if (faults.length > 0) return faults;
  const groups = rows.filter(({ canLogin }) => !canLogin).map(({ role }) => role);
  const note = groups.length > 0 ? ` Without a login of its own: ${groups.join(', ')}.` : '';
  const fact = `All ${rows.length} expected roles are there and may connect.${note}`;
  return [{ check: 'roles', status: 'pass', fact, limit: roles.join(', '), advice: null }];
}

function judgeRole({ role, there, mayConnect }: RoleRow): Finding[] {
  const fail = (fact: string, limit: string, advice: string): Finding[] => [
    { check: 'roles', status: 'fail', fact, limit, advice },
  ];
  const onSource = (statement: string) =>
    `If it is so on the source too: ${statement} If not, this backup is not of that database.`;
  if (!there)
    return fail(
      `The role ${role} is missing.`,
      'the role is there',
      onSource(`CREATE ROLE ${quoteName(role)};`),
    );
  if (mayConnect) return [];
  return fail(
    `The role ${role} may not connect to this database.`,
    'the role may connect',
    onSource(`GRANT CONNECT ON DATABASE … TO ${quoteName(role)};`),
  );
}

/** Whether the extensions that the config expects are installed. */
export async function askExtensions(client: Client, extensions: readonly string[]): Promise<Finding[]> {
  if (extensions.length === 0) return [];
  const { rows } = await client.query<{ name: string }>('SELECT extname AS name FROM pg_extension');
  const there = new Set(rows.map(({ name }) => name));
  const missing = extensions.filter((name) => !there.has(name));
  return [
    {
      check: 'extensions',
      status: missing.length > 0 ? 'fail' : 'pass',
      fact:
        missing.length > 0
          ? `Not installed: ${missing.join(', ')}.`
          : `All ${extensions.length} expected extensions are installed.`,
      limit: extensions.join(', '),
      advice:
        missing.length > 0
          ? `If they are missing on the source too: ${missing.map((name) => `CREATE EXTENSION ${quoteName(name)};`).join(' ')}`
          : null,
    },
  ];
}
