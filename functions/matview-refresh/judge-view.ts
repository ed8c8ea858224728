import type { TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';

/** An index of a materialized view, as pg_index has it. */
export interface IndexFact {
  readonly name: string;
  readonly isUnique: boolean;
  readonly isValid: boolean;
  readonly isImmediate: boolean;
  readonly hasExpressions: boolean;
  readonly isPartial: boolean;
}

/** How the role that we signed in as stands to the owner of a view. */
export interface Standing {
  readonly role: string;
  readonly owner: string;
  /** The owner is a superuser, or a role of RDS itself. */
  readonly ownerIsMighty: boolean;
  readonly isMember: boolean;
  /** Its rights are ours without SET ROLE. */
  readonly hasRightsOfOwner: boolean;
  /** By the privilege that there is since 17. */
  readonly maintains: boolean;
  readonly mayUseSchema: boolean;
  /** As 150004. */
  readonly serverVersion: number;
}

/** The name of an index by which CONCURRENTLY can tell rows apart: unique, valid, on plain columns over all rows. */
export function suitableIndex(indexes: readonly IndexFact[]): string | null {
  const found = indexes.find(
    ({ isUnique, isValid, isImmediate, hasExpressions, isPartial }) =>
      isUnique && isValid && isImmediate && !hasExpressions && !isPartial,
  );
  return found?.name ?? null;
}

/** The statement that makes one; `key` holds columns that are unique together, if they are known. */
export function suggestIndex({ schema, name }: TableName, key: readonly string[] | null): string {
  const columns = key?.map((column) => quoteName(column)).join(', ');
  return `CREATE UNIQUE INDEX CONCURRENTLY ON ${quoteName(schema, name)} (${columns ?? '/* put in the columns that are unique together */'})`;
}

/** The statements that let the role refresh a view; null where it may. */
export function mendOwnership(view: TableName, standing: Standing): string | null {
  const { role, mayUseSchema } = standing;
  const mends = [
    mayUseSchema ? null : `GRANT USAGE ON SCHEMA ${quoteName(view.schema)} TO ${quoteName(role)}`,
    mendRight(view, standing),
  ].filter((mend) => mend !== null);
  return mends.length > 0 ? mends.join('; ') : null;
}

const maintainSince = 170_000;
const inheritOptionSince = 160_000;

function mendRight({ schema, name }: TableName, standing: Standing): string | null {
  const { role, owner, serverVersion } = standing;
  if (standing.hasRightsOfOwner || standing.maintains) return null;
  const view = quoteName(schema, name);
  if (serverVersion >= maintainSince) return `GRANT MAINTAIN ON ${view} TO ${quoteName(role)}`;
  // Nobody should become a member of those who may do anything, for the sake of one view.
  if (standing.ownerIsMighty) return `ALTER MATERIALIZED VIEW ${view} OWNER TO ${quoteName(role)}`;
  if (serverVersion >= inheritOptionSince)
    return `GRANT ${quoteName(owner)} TO ${quoteName(role)} WITH INHERIT TRUE`;
  if (standing.isMember) return `ALTER ROLE ${quoteName(role)} INHERIT`;
  return `GRANT ${quoteName(owner)} TO ${quoteName(role)}`;
}
