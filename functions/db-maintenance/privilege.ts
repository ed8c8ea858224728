import { quoteName } from '../../shared/postgres/quote.ts';
import type { Lack } from './facts.ts';

/** SQL that tells whether this role may VACUUM, ANALYZE or REINDEX the relation of `pg_class` called by this alias. */
export function mayMaintain(relation: string, major: number): string {
  const granted = major >= 17 ? `OR has_table_privilege(${relation}.oid, 'MAINTAIN')` : '';
  return `(pg_has_role(${relation}.relowner, 'USAGE') ${granted})`;
}

/** The owner of the database may VACUUM and ANALYZE all of it. */
export function mayVacuum(relation: string, major: number): string {
  return `(${mayMaintain(relation, major)} OR (NOT ${relation}.relisshared AND (
    SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database())))`;
}

export interface Owned {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** Nobody should become a member of a superuser. */
  readonly isOfSuperuser: boolean;
}

/** SQL for the two facts of an owner. */
export function ownerOf(relation: string): string {
  return `pg_get_userbyid(${relation}.relowner) AS owner, coalesce((
    SELECT rolsuper FROM pg_roles WHERE oid = ${relation}.relowner), true) AS "isOfSuperuser"`;
}

/** From 17 on a privilege is enough; before, only owners may. Of an index, `table` is what it belongs to. */
export function lackOfMaintain(table: Owned, role: string, major: number): Lack {
  const name = quoteName(table.schema, table.name);
  const reason = `${table.owner} owns it, and ${role} may not maintain it`;
  const remedy = major >= 17 ? `GRANT MAINTAIN ON TABLE ${name} TO ${role};` : membership(table, role);
  return { reason, remedy };
}

/** No privilege lets anybody but owners drop an index. */
export function lackOfOwnership(index: Owned, role: string): Lack {
  return { reason: `${index.owner} owns it, and only owners may drop it`, remedy: membership(index, role) };
}

function membership({ owner, schema, name, isOfSuperuser }: Owned, role: string): string {
  if (schema === 'pg_catalog' || schema === 'information_schema') {
    return `Only autovacuum and the administrator of the server may freeze it (on RDS, a member of rds_superuser that owns the database): look why autovacuum has not, by docs/runbooks/db-maintenance.md.`;
  }
  if (!isOfSuperuser) return `GRANT ${quoteName(owner)} TO ${role};`;
  return `ALTER TABLE ${quoteName(schema, name)} OWNER TO a role of the application; then GRANT that role TO ${role}; (${owner} is a superuser, whom nobody should be a member of)`;
}
