import * as z from 'zod/mini';

const iso = z.iso.datetime({ offset: true });

/**
 * A time as AWS writes it: `2026-01-02T17:04:40.989+0000` (CloudWatch), `2026-01-02 03:40:12.285` (RDS, in UTC) or
 * ISO 8601. Gives ISO 8601 in UTC with milliseconds; undefined for what is no time.
 */
export function readMoment(text: string): string | undefined {
  if (text.length > 40) return undefined;
  const zoned = text.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const whole = /(Z|[+-]\d\d:\d\d)$/.test(zoned) ? zoned : `${zoned}Z`;
  if (!iso.safeParse(whole).success) return undefined;
  const at = new Date(whole);
  if (Number.isNaN(at.getTime())) return undefined;
  // Moments are compared as text: years of four digits alone.
  const moment = at.toISOString();
  return moment.length === 24 ? moment : undefined;
}

/** A field that is such a time. */
export function momentSchema() {
  return z.pipe(
    z.string().check(
      z.refine((text) => readMoment(text) !== undefined, {
        error: 'expected a time, such as 2026-01-02T17:04:40.989+0000',
        abort: true,
      }),
    ),
    z.transform((text: string) => readMoment(text) ?? text),
  );
}
