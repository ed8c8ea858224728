import type { Alert } from '../../shared/alarm/alert.ts';
import type { RouteConfig } from '../../shared/config/schema.ts';
import { isWithinHours } from './hours.ts';
import { matches } from './matches.ts';

/** Where an alert goes, and by which routes of the config, counted from 1. */
export interface Routed {
  readonly sinks: readonly string[];
  readonly routes: readonly number[];
}

/** The first route that fits, and those after it as long as each says `andOn`. The config's last one takes everything. */
export function route(alert: Alert, routes: readonly RouteConfig[], now: Date): Routed {
  const sinks = new Set<string>();
  const taken: number[] = [];
  for (const [index, one] of routes.entries()) {
    if (!matches(one, alert) || (one.hours && !isWithinHours(one.hours, now))) continue;
    taken.push(index + 1);
    for (const sink of one.to) sinks.add(sink);
    if (!one.andOn) break;
  }
  return { sinks: [...sinks], routes: taken };
}
