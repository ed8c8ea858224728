import { drillPrefix } from '../../../shared/restore/drill-instance.ts';
import type { Observed, ObservedEvent } from './observed.ts';
import { meaningOf, type Told } from './rds-meaning.ts';
import { longest, oneLine } from './text.ts';

/** An event of RDS, whichever way it came. */
export interface RdsEvent
  extends Pick<ObservedEvent, 'at' | 'account' | 'region' | 'sourceId' | 'message' | 'eventId'> {
  /** `DB_INSTANCE` by EventBridge, `db-instance` by SNS. */
  readonly sourceType: string;
  readonly categories: readonly string[];
}

/** An event may begin one thing and end several; each is a change of its own. */
export function observeRds(event: RdsEvent): Observed[] {
  const { sourceType, categories, ...given } = event;
  const instance = instanceOf(sourceType, given.sourceId);
  if ((instance ?? '').startsWith(drillPrefix)) {
    return [
      {
        kind: 'ignored',
        why: `${oneLine(given.sourceId, 100)} is an instance of a restore drill, which tells itself`,
      },
    ];
  }
  const { begins, happened, ends = [], ignored } = meaningOf(event);
  const seen = (told: Told, state: 'ALARM' | 'OK', momentary: boolean): ObservedEvent => ({
    ...given,
    kind: 'rds',
    ...told,
    state,
    momentary,
    sourceId: oneLine(given.sourceId, 255),
    instance,
    message: oneLine(given.message, longest.reason),
  });
  const observed = [
    ...(begins ? [seen(begins, 'ALARM', false)] : []),
    ...(happened ? [seen(happened, 'ALARM', true)] : []),
    ...ends.map((told) => seen(told, 'OK', false)),
  ];
  const id = given.eventId ?? 'an event without an id';
  const why = `${id} (${oneLine(given.message, 100)}): ${ignored ?? 'it means nothing to people'}`;
  return observed.length > 0 ? observed : [{ kind: 'ignored', why }];
}

/** Automated snapshots are named after their instance: `rds:menotime-prod-2026-01-02-03-36`. */
function instanceOf(sourceType: string, sourceId: string): string | null {
  const kind = sourceType.toLowerCase().replaceAll('_', '-');
  const isName = /^[a-z][a-z0-9-]{0,62}$/i;
  if (kind === 'db-instance') return isName.test(sourceId) ? sourceId.toLowerCase() : null;
  if (kind !== 'snapshot' && kind !== 'db-snapshot') return null;
  return /^rds:([a-z][a-z0-9-]{0,62})-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(sourceId)?.[1] ?? null;
}
