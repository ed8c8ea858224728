import type { Alert } from '../../shared/alarm/alert.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { isWithinHours } from './hours.ts';
import { matches } from './matches.ts';

type Routing = Pick<AlarmsConfig, 'routes' | 'sinks' | 'fallback'>;

/** Where an alert goes, and by which routes of the config, counted from 1; by none where no route fits. */
export interface Routed {
  readonly sinks: readonly string[];
  readonly routes: readonly number[];
}

/**
 * The first route that fits, and those after it as long as each says `andOn`. What none fits goes to the fallback, and
 * without one to every sink: nothing that is wrong is told to nobody.
 */
export function route(alert: Alert, { routes, sinks: all, fallback }: Routing, now: Date): Routed {
  const sinks = new Set<string>();
  const taken: number[] = [];
  for (const [index, one] of routes.entries()) {
    if (!matches(one, alert) || (one.hours && !isWithinHours(one.hours, now))) continue;
    taken.push(index + 1);
    for (const sink of one.to) sinks.add(sink);
    if (!one.andOn) break;
  }
  if (taken.length === 0)
    return { sinks: fallback === undefined ? Object.keys(all) : [fallback], routes: [] };
  return { sinks: [...sinks], routes: taken };
}
