import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import { tried } from './tried.ts';

/** The functions of amcheck, quoted, and what this version of them can do. */
export interface Amcheck {
  readonly checkIndex: string;
  /** From 17 on: whether a unique index has each value once. */
  readonly checksUnique: boolean;
  readonly checkTable: string;
}

export type AmcheckFound =
  | { readonly amcheck: Amcheck; readonly finding?: undefined }
  | { readonly amcheck?: undefined; readonly finding: Finding };

const functionsSql = /* sql */ `
  SELECT n.nspname AS schema, p.proname AS name, p.oid::regprocedure::text AS signature, current_user AS role,
         'checkunique' = ANY (p.proargnames) AS "checksUnique",
         has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE') AS executable
    FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE e.extname = 'amcheck'
     AND (p.proname = 'verify_heapam' OR p.proname = 'bt_index_check' AND 'heapallindexed' = ANY (p.proargnames))
   ORDER BY 1, 2, p.pronargs DESC`;

interface FunctionRow {
  readonly schema: string;
  readonly name: string;
  readonly signature: string;
  readonly role: string;
  readonly checksUnique: boolean;
  readonly executable: boolean;
}

/**
 * Gives `use` the functions of amcheck. Where the extension is missing it is made for as long as `use` takes, and
 * taken away again; where neither it nor its functions are to be had, `use` is told so instead: a warning, since it says
 * nothing about the database.
 */
export async function withAmcheck<T>(client: Client, use: (found: AmcheckFound) => Promise<T>): Promise<T> {
  const there = await readFunctions(client);
  if (there.length > 0) return use(judgeFunctions(there));
  const made = await tried('CREATE EXTENSION amcheck', () => client.query('CREATE EXTENSION amcheck'));
  if (made.kind === 'refused') return use({ finding: unavailable(`It is not installed: ${made.words}`) });
  try {
    return await use(judgeFunctions(await readFunctions(client)));
  } finally {
    await client.query('DROP EXTENSION IF EXISTS amcheck');
  }
}

const readFunctions = async (client: Client) => (await client.query<FunctionRow>(functionsSql)).rows;

function judgeFunctions(functions: readonly FunctionRow[]): AmcheckFound {
  const index = functions.find(({ name }) => name === 'bt_index_check');
  const table = functions.find(({ name }) => name === 'verify_heapam');
  if (!index || !table) {
    return {
      finding: unavailable('This version of it does not check tables.', 'ALTER EXTENSION amcheck UPDATE;'),
    };
  }
  const refused = [index, table].filter(({ executable }) => !executable);
  if (refused.length > 0) {
    const grants = refused.map(grantOf).join(' ');
    return { finding: unavailable(`The role ${index.role} may not run its functions.`, grants) };
  }
  return {
    amcheck: {
      checkIndex: quoteName(index.schema, index.name),
      checksUnique: index.checksUnique,
      checkTable: quoteName(table.schema, table.name),
    },
  };
}

const grantOf = ({ schema, signature, role }: FunctionRow) =>
  `GRANT USAGE ON SCHEMA ${quoteName(schema)} TO ${quoteName(role)}; GRANT EXECUTE ON FUNCTION ${signature} TO ${quoteName(role)};`;

function unavailable(why: string, statement = 'CREATE EXTENSION amcheck;'): Finding {
  return {
    check: 'amcheck',
    status: 'warn',
    fact: `Neither indexes nor tables were looked through for damage: amcheck cannot be used. ${why}`,
    limit: null,
    advice: `On the source database, as a role that may: ${statement} infra/sql/050_drill.up.sql does it all.`,
  };
}
