import type { TableName } from '../../shared/config/table-name.ts';

/** A relation that a definition names. */
export interface RelationName extends TableName {
  readonly id: string;
  /** As pg_class.relkind has it. */
  readonly kind: string;
  readonly ofSystem: boolean;
  readonly owner: string;
  /** Whether its owner is bound by no row-level security. */
  readonly ownerSeesAll: boolean;
  readonly rowSecurity: 'none' | 'others' | 'forced';
  /** A foreign table among its partitions or children. */
  readonly foreignChild: string | null;
}

export interface FunctionFact {
  readonly id: string;
  /** With its schema, if it is a user's. */
  readonly name: string;
  readonly args: string;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly ofSystem: boolean;
  /** Whether Postgres records what its body reads. */
  readonly recorded: boolean;
}

export interface TypeFact {
  readonly id: string;
  readonly name: string;
  /** A date or a time is in it, which 'now' and 'today' can be read as. */
  readonly hasTime: boolean;
  /** The name of a part of it whose text depends on the catalog, or on a user's function; null where none does. */
  readonly unseen: string | null;
}
