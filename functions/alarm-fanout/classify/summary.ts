import { parseAlarmArn } from '../normalise/alarm-arn.ts';
import type { Band, ObservedAlarm } from '../normalise/observed.ts';
import { longest, oneLine } from '../normalise/text.ts';
import type { OwnAlarm } from './own-alarm.ts';
import { type Amount, amountOf, inWords } from './units.ts';

/** One line for people: what is wrong, with value and limit in units that people use. */
export function summarise(alarm: ObservedAlarm, own: OwnAlarm | undefined): string {
  return oneLine(alarm.deleted ? `${alarm.name}: the alarm was deleted` : told(alarm, own), longest.summary);
}

function told(alarm: ObservedAlarm, own: OwnAlarm | undefined): string {
  switch (alarm.state) {
    case 'INSUFFICIENT_DATA':
      return `${nameOf(alarm)}: not enough data to tell`;
    case 'ALARM':
      return own?.on ?? on(alarm);
    case 'OK':
      return own?.over ?? over(alarm);
  }
}

/** The metric, or what its maker called it; with the series that it is of, where there are several. */
function nameOf({ name, shows: { what, of } }: ObservedAlarm): string {
  return of ? `${what ?? name} (${of})` : (what ?? name);
}

function on(alarm: ObservedAlarm): string {
  const { metric, shows, children, reason } = alarm;
  const { value, threshold, band, unit } = shows;
  const amount = amountOf(metric, unit);
  const name = nameOf(alarm);
  if (value !== null && band) return `${name} ${amount(value)}, expected ${between(band, amount)}`;
  if (value !== null && threshold !== null) return `${name} ${compared(amount, value, threshold)}`;
  if (shows.noData) return `${name}: no data came${limit(shows.threshold, amount)}`;
  if (value !== null) return `${name} ${amount(value)}`;
  if (children.length > 0) return `${name}: ${namesOf(children)}`;
  return threshold === null && reason
    ? `${name}: ${reason}`
    : `${name} is in alarm${limit(threshold, amount)}`;
}

function over(alarm: ObservedAlarm): string {
  const { metric, shows } = alarm;
  const { value, threshold, band, unit } = shows;
  const amount = amountOf(metric, unit);
  const name = nameOf(alarm);
  if (value !== null && band) return `${name} back at ${amount(value)}, expected ${between(band, amount)}`;
  if (value !== null && threshold !== null) {
    const [now, most] = inWords(amount, value, threshold);
    return `${name} back at ${now} (limit ${most})`;
  }
  return `${name} is over${limit(threshold, amount)}`;
}

/** The numbers themselves say which way it went: events do not say how an alarm compares. */
function compared(amount: Amount, value: number, threshold: number): string {
  const [now, most] = inWords(amount, value, threshold);
  if (value === threshold) return `${now}, the limit`;
  return `${now} ${value > threshold ? 'over' : 'under'} ${most}`;
}

function between({ lower, upper }: Band, amount: Amount): string {
  if (lower === null) return `at most ${amount(upper ?? 0)}`;
  return upper === null ? `at least ${amount(lower)}` : `${amount(lower)} to ${amount(upper)}`;
}

const limit = (threshold: number | null, amount: Amount) =>
  threshold === null ? '' : ` (limit ${amount(threshold)})`;

const namedAtMost = 4;

function namesOf(children: readonly string[]): string {
  const names = children.slice(0, namedAtMost).map((arn) => parseAlarmArn(arn)?.name ?? arn);
  const more = children.length - names.length;
  return [...names, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
