import { formatTableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Relation } from './relations.ts';

/** What a role lacks to see all rows of a table. */
export type Lack = 'USAGE' | 'SELECT' | 'BYPASSRLS';

/** The statement that gives a role what it lacks. */
export function grantFor(
  { schema, name, role }: Pick<Relation, 'schema' | 'name' | 'role'>,
  lack: Lack,
): string {
  const grantee = quoteName(role);
  switch (lack) {
    case 'USAGE':
      return `GRANT USAGE ON SCHEMA ${quoteName(schema)} TO ${grantee};`;
    case 'SELECT':
      return `GRANT SELECT ON ${quoteName(schema, name)} TO ${grantee};`;
    case 'BYPASSRLS':
      return `ALTER ROLE ${grantee} BYPASSRLS;`;
  }
}

/** A table whose rows the drill may not see has not been checked, and must not pass as if it had. */
export function hiddenFinding(check: string, relation: Relation, lack: Lack): Finding {
  const table = formatTableName(relation);
  const why =
    lack === 'BYPASSRLS'
      ? `row-level security would hide rows of ${table} from the role ${relation.role}`
      : `the role ${relation.role} may not read ${table}: it lacks ${lack}`;
  return {
    check,
    status: 'fail',
    fact: `Nothing is known of ${table}: ${why}.`,
    limit: 'every row can be seen',
    advice: `On the source database: ${grantFor(relation, lack)} The next backup carries it.`,
  };
}
