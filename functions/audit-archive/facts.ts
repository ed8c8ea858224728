import type { TableName } from '../../shared/config/table-name.ts';

/** What Postgres says of the tables to be archived: plain values that survive a checkpoint, and nothing of a row but times. */

export type TableKind =
  | 'table'
  | 'partition'
  | 'partitioned table'
  | 'view'
  | 'materialized view'
  | 'foreign table'
  | 'sequence or index';

export interface ColumnFact {
  readonly name: string;
  /** As `format_type` says it: `timestamp without time zone`, `numeric(10,2)`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly generated: boolean;
}

/** What stands in the way of a DELETE, on the table or on one of its partitions. */
export interface DeleteTriggerFact {
  readonly name: string;
  readonly table: TableName;
  readonly function: TableName;
  /** The function, or one that it calls, over any number of calls, can raise. */
  readonly raises: boolean;
  /** One of these holds a statement that may delete or change rows, here or elsewhere. */
  readonly changes: boolean;
  /** Functions, it or ones that it calls, of which the text does not tell what they do, or whose calls go too deep. */
  readonly unjudged: readonly TableName[];
  /** BEFORE, for each row, and without a `RETURN OLD`: the row would stay, in silence. */
  readonly mayKeepRow: boolean;
}

export interface DeleteRuleFact {
  readonly name: string;
  readonly table: TableName;
  readonly instead: boolean;
}

export type ReferenceAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

/** A foreign key of another table, or of the table itself, that points here. */
export interface ReferenceFact {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly onDelete: ReferenceAction;
  /** Pairs of columns: what points, and where to. */
  readonly columns: readonly { readonly from: string; readonly to: string }[];
  /** Tables whose rows its action deletes or changes, over any number of cascades, each with all of its partitions and what it is one of. */
  readonly reaches: readonly TableName[];
}

export interface PartitionFact extends TableName {
  readonly isDefault: boolean;
  /** As Postgres writes it: `FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`. */
  readonly bound: string;
  /** Left by a DETACH CONCURRENTLY that was interrupted. */
  readonly detachPending: boolean;
  readonly estimatedRows: number | null;
  readonly sizeBytes: number;
}

export interface PrivilegesFact {
  readonly schemaUsage: boolean;
  readonly schemaCreate: boolean;
  readonly select: boolean;
  readonly delete: boolean;
  /** The role is the owner, or a member of it. */
  readonly owner: boolean;
}

export interface TableFact extends TableName {
  readonly kind: TableKind;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  readonly columns: readonly ColumnFact[];
  /** Columns of the primary key, in its order; empty where there is none. */
  readonly key: readonly string[];
  /** A valid index of all rows that begins with the age column, if there is one. */
  readonly ageIndex: string | null;
  readonly deleteTriggers: readonly DeleteTriggerFact[];
  readonly deleteRules: readonly DeleteRuleFact[];
  readonly referencedBy: readonly ReferenceFact[];
  /** Materialized views, in the spelling of the config, that would lose archived rows at their next refresh. */
  readonly shrinkingViews: readonly string[];
  /** Tables that inherit from it without being its partitions. */
  readonly children: readonly TableName[];
  /** The tables that it is a partition of. */
  readonly ancestors: readonly TableName[];
  readonly partitionKey: string | null;
  readonly partitions: readonly PartitionFact[];
  /** Whatever stands below it, by partition or inheritance, and is neither an ordinary nor a partitioned table. */
  readonly unfitPartitions: readonly (TableName & { readonly kind: TableKind })[];
  readonly privileges: PrivilegesFact;
  /** Row-level security would hide rows from the role; with `row_security = off` it makes each statement fail. */
  readonly hidesRows: boolean;
  /** The planner's, of all partitions together; null where it was never analysed. */
  readonly estimatedRows: number | null;
  /** With indexes and TOAST. */
  readonly sizeBytes: number;
  /** Of the table and its TOAST, without indexes. */
  readonly heapBytes: number;
  readonly deadRows: number;
}

/** The table that takes archived rows inside of the database, if it is there already. */
export interface ArchiveTableFact extends TableName {
  readonly kind: TableKind;
  readonly columns: readonly ColumnFact[];
  readonly partitionKey: string | null;
  readonly owner: boolean;
  readonly insert: boolean;
  readonly select: boolean;
  /** Whatever of it, or of its partitions, would not outlast a crash, or lies on another server. */
  readonly unsafe: readonly (TableName & { readonly is: 'unlogged' | 'temporary' | 'foreign' })[];
  /** What fires when it, or one of its partitions, is written to; one for each event. */
  readonly writeHooks: readonly WriteHookFact[];
}

export interface WriteHookFact {
  readonly is: 'trigger' | 'rule';
  readonly name: string;
  readonly event: 'INSERT' | 'UPDATE';
  readonly table: TableName;
}

/** Which rows of a table are old enough and not held. */
export interface AgeFact {
  /** False where looking took too long: then all but `rows` is unknown. */
  readonly looked: boolean;
  /** As Postgres writes the oldest time, `-infinity` among them; null where no row may move. */
  readonly oldest: string | null;
  /** The newest of the rows that may move. */
  readonly newest: string | null;
  /** Months of UTC that hold rows to be moved, `2024-03`, oldest first; those before 1900 are left out. */
  readonly months: readonly string[];
  readonly rows: number;
  readonly counted: boolean;
  /** Rows without a time, which never move; null where nobody looked. */
  readonly withoutAge: number | null;
}

export interface PolicyFacts {
  /** The policy's name. */
  readonly policy: string;
  /** ISO 8601, UTC: rows of this time and later stay. */
  readonly cutoff: string;
  /** Null where there is no such table. */
  readonly table: TableFact | null;
  /** Null where the policy names none, or it does not exist yet. */
  readonly archiveTable: ArchiveTableFact | null;
  /** Of the schema that the archive table stands in; null where the policy names no such table or the schema does not exist. */
  readonly archiveSchemaCreate: boolean | null;
  /** Null where the table cannot be looked into. */
  readonly age: AgeFact | null;
  /** SQL conditions: rows for which one is true must stay. */
  readonly holds: readonly string[];
  /** What Postgres says against a hold's predicate, by the hold's name. */
  readonly holdFaults: Readonly<Record<string, string>>;
  /** Partitions that an earlier run has detached, or begun to, and did not come to drop: no query of the table sees their rows. */
  readonly begun: readonly TableName[];
  /** Why nobody can tell which partitions those are; null where it is known. */
  readonly begunFault: string | null;
  /** What the last batches of this policy did; null where the ledger has none. */
  readonly speed: { readonly rowsPerSecond: number; readonly bytesPerRow: number } | null;
}

/** What the schema `nightshift` lacks. */
export interface LedgerFact {
  readonly exists: boolean;
  readonly usage: boolean;
  readonly select: boolean;
  readonly insert: boolean;
}

export interface DatabaseFacts {
  /** Whom the connection signed in as. */
  readonly role: string;
  /** The database's own name. */
  readonly databaseName: string;
  /** The role may make temporary tables there: rows that holds leave are remembered in one. */
  readonly temporary: boolean;
  /** The major one. */
  readonly serverVersion: number;
  /** A replica, or a server being restored: nothing can be deleted there. */
  readonly readOnly: boolean;
  readonly ledger: LedgerFact;
  readonly policies: readonly PolicyFacts[];
}

/** What makes a run pause. */
export interface PressureFact {
  /** Of the replica that is furthest behind; null where there is none, or the role may not see it. */
  readonly replicaLagSeconds: number | null;
  readonly oldestTransactionMinutes: number;
  /** Sessions that wait for a lock on one of the tables. */
  readonly waitingSessions: number;
}
