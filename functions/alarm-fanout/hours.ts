import type { RouteConfig } from '../../shared/config/schema.ts';

type Hours = NonNullable<RouteConfig['hours']>;
type Weekday = Hours['days'][number];

const dayMs = 86_400_000;

/** Whether a moment lies within hours of the clock somewhere. Hours that pass midnight belong to the day they began on. */
export function isWithinHours({ from, to, days, timeZone }: Hours, now: Date): boolean {
  const today = localTime(now, timeZone);
  if (from < to) return days.includes(today.day) && from <= today.time && today.time < to;
  const yesterday = localTime(new Date(now.getTime() - dayMs), timeZone);
  return (
    (days.includes(today.day) && from <= today.time) || (days.includes(yesterday.day) && today.time < to)
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
