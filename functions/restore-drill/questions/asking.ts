import type { Client } from 'pg';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import type { RowBounds } from '../../../shared/postgres/row-bounds.ts';
import type { Finding } from '../../../shared/verify/finding.ts';

/** An export's tables, each as text that COPY reads; null for one that the export does not hold. */
export interface ExportedTables {
  open(table: { readonly schema: string; readonly table: string }): Promise<{
    readonly columns: readonly string[];
    readonly copyText: AsyncIterable<Buffer>;
  } | null>;
}

/** How many rows a table was found to have, by its name as the config writes it. */
export interface TableCount {
  readonly table: string;
  readonly rows: number;
}

/** What a question is given. */
export interface Asking {
  /** A connection of its own to the restored database, for as long as `use` takes. */
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
  readonly questions: DrillQuestions;
  /** Until the question is given up, and whatever it has found with it. */
  readonly secondsLeft: () => number;
  readonly source: { readonly databaseName: string; readonly restoredTo: Date };
  /** What the answers are held against; null where nothing was recorded. */
  readonly baseline: {
    readonly bounds: readonly RowBounds[] | null;
    readonly lastDrill: readonly TableCount[] | null;
    /** The moment that the last drill restored, ISO 8601. */
    readonly lastRestoredTo?: string | null;
  };
  /** The export of the same snapshot, or null where there is none. */
  readonly exported: ExportedTables | null;
}

export interface Answer {
  readonly findings: readonly Finding[];
  readonly counts?: readonly TableCount[];
}

/** One thing that a restored database is asked. What stands in the way of asking is thrown; damage is a finding. */
export interface Question {
  readonly name: string;
  isAsked(questions: DrillQuestions): boolean;
  ask(asking: Asking): Promise<Answer>;
}
