import type { Severity } from './severity.ts';

/** Alarms that nobody is to be told of until a moment. Whatever is left out stands for all. */
export interface Silence {
  readonly severities?: readonly Severity[] | undefined;
  readonly databases?: readonly string[] | undefined;
  /** Names, `*` for anything. */
  readonly alarms?: readonly string[] | undefined;
  /** ISO 8601; left out, from now on. */
  readonly from?: string | undefined;
  readonly until: string;
  readonly why: string;
}

/** The partition of the alarm table that silences lie in; the sort key is their id, and `silence` holds them as JSON. */
export const silencesKey = 'silences';
