import type { Alert } from '../../shared/alarm/alert.ts';
import type { PageKind } from '../../shared/alarm/page.ts';
import type { Window } from './gate.ts';

/** What is known of one alarm: the newest state that was seen, and who has been told of it. */
export interface AlarmRow {
  readonly alert: Alert;
  /** Since when it has been on; null while it is not. */
  readonly onSince: string | null;
  /** Who was told that it is on, by sink; their recovery is owed. */
  readonly told: Readonly<Record<string, Told>>;
  /** Why nobody was told, while it is on; told as soon as that is over. */
  readonly held: string | null;
  /** Since when it has been told of as one that flaps; null while it does not. */
  readonly flappingSince: string | null;
  /** When people heard of it last, the reminders among it. */
  readonly toldAt: string | null;
  /** A recovery came, and its alarm never did: it may still be on the way, and changed after this; null where none is missing. */
  readonly unseenAfter: string | null;
  /** When it happened, of what only happens: what comes late is told from what comes twice by it. */
  readonly moments?: readonly string[];
  /** How often it had happened before, and nobody was told. */
  readonly unheard?: number;
  /** What is to be sent still, oldest first: emptied once it lies with SNS. */
  readonly outbox: readonly Sending[];
}

/** What a sink knows an alarm by: the alarm's own key, or a storm's. */
export interface Incident {
  readonly incident: string;
  /** Of a storm: which of its members this time of the alarm is. */
  readonly member?: string;
}

export interface Told extends Incident {
  /** What the sink knew it by before, and has open still. */
  readonly before?: readonly Incident[];
}

export function incidentsOf({ before = [], ...newest }: Told): readonly Incident[] {
  return [newest, ...before];
}

/** One message that is owed. */
export interface Sending {
  /** The same whenever it is planned again: what a page's id is made of. */
  readonly id: string;
  readonly kind: Extract<PageKind, 'alarm' | 'recovery' | 'reminder' | 'flapping'>;
  readonly alert: Alert;
  /** By sink. */
  readonly to: Readonly<Record<string, Told>>;
  /** Sinks that knew of the alarm before, by what `to` says, and have that open. */
  readonly known?: readonly string[];
  readonly note: string | null;
  /** By sink, how it goes: by itself (null), or in a window's digest. Written down before it goes, whoever sends it. */
  readonly ways?: Readonly<Record<string, Window | null>>;
}

export const isOn = ({ onSince }: AlarmRow): boolean => onSince !== null;
export const wasTold = ({ told }: AlarmRow): boolean => Object.keys(told).length > 0;

export function sending(
  kind: Sending['kind'],
  alert: Alert,
  to: Sending['to'],
  note: string | null = null,
): Sending {
  return { id: `${kind} ${alert.key} ${alert.at}`, kind, alert, to, note };
}
