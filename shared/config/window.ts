import * as z from 'zod/mini';

/** The hours of each day, in UTC, in which work may stand in others' way. It may pass midnight. */
export const maintenanceWindow = z.strictObject({
  from: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in UTC, such as "02:30"')),
  hours: z.number().check(z.positive(), z.lte(24)),
});

export type MaintenanceWindow = z.output<typeof maintenanceWindow>;

const dayMs = 86_400_000;

/** The end of the window that a moment lies in, in milliseconds since 1970; undefined outside of any. */
export function windowEnd({ from, hours }: MaintenanceWindow, now: Date): number | undefined {
  const [hour = 0, minute = 0] = from.split(':').map(Number);
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hour, minute);
  // The one that began yesterday may not be over.
  return [today - dayMs, today]
    .filter((begins) => begins <= now.getTime())
    .map((begins) => begins + hours * 3_600_000)
    .find((ends) => now.getTime() < ends);
}

/** `02:30 to 05:00 UTC`. */
export function describeWindow({ from, hours }: MaintenanceWindow): string {
  const [hour = 0, minute = 0] = from.split(':').map(Number);
  const end = new Date(Date.UTC(2026, 0, 1, hour, minute) + hours * 3_600_000);
  return `${from} to ${end.toISOString().slice(11, 16)} UTC`;
}
