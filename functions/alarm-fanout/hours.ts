import type { RouteConfig } from '../../shared/config/schema.ts';

type Hours = NonNullable<RouteConfig['hours']>;
type Weekday = Hours['days'][number];

const weekdays: readonly Weekday[] = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/** Whether a moment lies within hours of the clock somewhere. Hours that pass midnight belong to the day they began on. */
export function isWithinHours({ from, to, days, timeZone }: Hours, now: Date): boolean {
  const today = localTime(now, timeZone);
  if (from < to) return days.includes(today.day) && from <= today.time && today.time < to;
  // By the calendar: where the clocks go forward, 24 hours before is the day before yesterday.
  const yesterday = weekdays[(weekdays.indexOf(today.day) + 6) % 7];
  return (
    (days.includes(today.day) && from <= today.time) ||
    (yesterday !== undefined && days.includes(yesterday) && today.time < to)
  );
}

/** `{ day: 'MON', time: '08:30' }`. */
function localTime(now: Date, timeZone: string): { readonly day: Weekday; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return { day: part('weekday').toUpperCase() as Weekday, time: `${part('hour')}:${part('minute')}` };
}
