/** What the database tells, as it is at one moment. Sizes in bytes, times in ISO 8601, UTC. */

export interface ServerFact {
  readonly major: number;
  readonly role: string;
  /** A standby can be read, and nothing else. */
  readonly isStandby: boolean;
  readonly mayEndSessions: boolean;
  /** Since when the use of indexes is counted. */
  readonly countedSince: string;
  /** By the server's clock. */
  readonly now: string;
  /** Schema in which pgstattuple's functions may be called; null where they may not. */
  readonly measureSchema: string | null;
  /** The same of amcheck's. */
  readonly checkSchema: string | null;
  readonly hasReplicas: boolean;
}

/** What the role lacks to work on something, and the statement that mends it. */
export interface Lack {
  readonly reason: string;
  readonly remedy: string;
}

export interface TableFact {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'materialized view' | 'partitioned table' | 'system table';
  readonly bytes: number;
  readonly liveRows: number;
  readonly deadRows: number;
  /** Since it was analyzed. */
  readonly changedRows: number;
  /** Since it was vacuumed. */
  readonly insertedRows: number;
  readonly isVacuumed: boolean;
  readonly isAnalyzed: boolean;
  /** How old its oldest transaction id, or multixact, is: 1 is where Postgres freezes it by force. */
  readonly freezeShare: number;
  /** Whether an archive run took rows out of it after it was vacuumed last. */
  readonly isArchived: boolean;
  /** By somebody else, at this moment. */
  readonly isBeingVacuumed: boolean;
  readonly lack: Lack | null;
  /** What it took on average, where the server counts that (18 and later). */
  readonly expectedSeconds: number | null;
}

export interface IndexName {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly tableName: string;
}

/** A valid B-tree index that could be built anew. */
export interface IndexFact extends IndexName {
  readonly bytes: number;
  /** How much of it is empty beyond its fill factor, as measured or estimated; null where neither could be done. */
  readonly bloatPercent: number | null;
  readonly method: 'measured' | 'estimated' | 'unknown';
  readonly lack: Lack | null;
}

/** An index that Postgres does not use, since building it did not come to its end. */
export interface InvalidIndexFact extends IndexName {
  readonly bytes: number;
  /** The valid index of the same table and making that it was to replace, or had been replaced by. */
  readonly original: string | null;
  readonly isOfConstraint: boolean;
  /** The parent of the indexes of partitions, of which one is missing or invalid. */
  readonly isPartitioned: boolean;
  /** The statement that makes it valid, and the one that does away with it. */
  readonly mend: string;
  /** Whether somebody builds an index on its table at this moment, or may. */
  readonly isBeingBuilt: boolean;
  readonly lack: Lack | null;
}

/** An index that costs and may not be worth it. */
export interface SpareIndexFact extends IndexName {
  readonly bytes: number;
  /** The index that does its work too; null where it is merely unused. */
  readonly doubledBy: string | null;
  /** Of what doubles it, it is the first columns alone. */
  readonly isBeginning: boolean;
  /** With the indexes of all partitions, which cannot be dropped by themselves. */
  readonly isPartitioned: boolean;
  /** Of which ANALYZE keeps statistics that nothing else has. */
  readonly isOfExpressions: boolean;
}

export interface CheckFact {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'index' | 'table';
  readonly bytes: number;
  /** Of which table it keeps the long values, or the index of these; null for every other one. */
  readonly toastOf: string | null;
  /** When it was last looked through to its end, and found sound. */
  readonly checkedAt: string | null;
  /** When anybody last tried to. */
  readonly triedAt: string | null;
  /** Of a table that was begun: the block that comes next, and of how many. */
  readonly next: { readonly block: number; readonly of: number } | null;
}

export interface SessionFact {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly kind: 'select' | 'idle in transaction';
  readonly minutes: number;
  /** As the server writes them, to the microsecond: what a signal is sent to must still be what was looked at. */
  readonly backendStart: string;
  readonly queryStart: string;
  readonly stateChange: string;
  /** `SELECT`, of what runs or ran last. */
  readonly command: string;
  readonly queryId: string | null;
  /** Normalised; null where it is not known to be free of literals. */
  readonly text: string | null;
  /** Why it is not to be ended; null where it may be. */
  readonly spared: string | null;
}
