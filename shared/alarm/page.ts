import type { Alert } from './alert.ts';
import type { Severity } from './severity.ts';

/** Why something is sent to people. `undelivered`: another sink did not take a page, and this is what it was. */
export const pageKinds = [
  'alarm',
  'recovery',
  'reminder',
  'flapping',
  'digest',
  'heartbeat',
  'test',
  'undelivered',
] as const;
export type PageKind = (typeof pageKinds)[number];

/** One message to people, as alarm-fanout publishes it and each sink's function renders it. JSON of at most 200 KB. */
export interface Page {
  readonly version: 1;
  /** The same for the same message, however often it is made: what deliveries are told apart by. */
  readonly id: string;
  readonly kind: PageKind;
  readonly stage: string;
  /** The worst of its alerts. */
  readonly severity: Severity;
  /** Null where its alerts are about several, or none. */
  readonly database: string | null;
  /** When it was made: ISO 8601 in UTC. */
  readonly at: string;
  /** Names of the sinks that it goes to. */
  readonly sinks: readonly string[];
  /** What sinks that open and resolve incidents know it by: the alarm's key, or a storm's. */
  readonly incident: string;
  /** Whether it opens the incident, ends it, or leaves it as it is. */
  readonly effect: 'opens' | 'resolves' | 'none';
  /** Worst first, then oldest first; of a digest the first hundred at most. */
  readonly alerts: readonly Alert[];
  /** Of a digest: how many there were, also those that `alerts` leaves out; null for every other kind. */
  readonly counts: PageCounts | null;
  /** Of a flapping alarm how often it changed, of an undelivered page what the sink answered, … */
  readonly note: string | null;
  readonly context: PageContext | null;
}

export interface PageCounts {
  readonly alarms: number;
  readonly recoveries: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** Name of the database, or `-` for none, to how many. */
  readonly byDatabase: Readonly<Record<string, number>>;
}

/** What was found out about the alarm in the little time that there was. Without any literal of a row. */
export interface PageContext {
  /** A presigned address of a PNG of the metric. */
  readonly pictureUrl: string | null;
  /** `rose from 41 % to 93 % within 30 minutes`. */
  readonly trend: string | null;
  /** Lines of plain text, newest first. */
  readonly rdsEvents: readonly string[];
  readonly runningJobs: readonly string[];
  readonly database: DatabaseContext | null;
  /** The query or the call for exactly this alarm, to be copied. */
  readonly commands: readonly PageCommand[];
  /** What was asked for and did not come in time, or failed, with the reason. */
  readonly missing: readonly string[];
}

export interface PageCommand {
  readonly what: string;
  readonly text: string;
}

/** Statements are normalised texts of pg_stat_statements, or a command word. */
export interface DatabaseContext {
  readonly statements: readonly { readonly text: string; readonly seconds: number; readonly state: string }[];
  /** Who waits for whom, whoever is at the head first: `4711 waits 12 s for 4700 (relation public.orders)`. */
  readonly locks: readonly string[];
  readonly connections: Readonly<Record<string, number>>;
  readonly maxConnections: number;
  readonly longestTransactionSeconds: number | null;
}
