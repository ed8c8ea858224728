import type { Alert } from '../../shared/alarm/alert.ts';
import type { PageKind } from '../../shared/alarm/page.ts';

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
  /** Its recovery came, and its alarm never did: it may still be on the way. */
  readonly overUnseen: boolean;
  /** What is to be sent still, oldest first: emptied once it lies with SNS. */
  readonly outbox: readonly Sending[];
}

export interface Told {
  /** What the sink knows it by: the alarm's own key, or a storm's. */
  readonly incident: string;
}

/** One message that is owed. */
export interface Sending {
  /** The same whenever it is planned again: what a page's id is made of. */
  readonly id: string;
  readonly kind: Extract<PageKind, 'alarm' | 'recovery' | 'reminder' | 'flapping'>;
  readonly alert: Alert;
  /** By sink. */
  readonly to: Readonly<Record<string, Told>>;
  readonly note: string | null;
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
