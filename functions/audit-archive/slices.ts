/** From `from` up to, and without, `to`: as Postgres reads values of the age column; `from` may be `-infinity`. */
export interface Slice {
  readonly from: string;
  readonly to: string;
}

/**
 * The months that hold something to be moved, as slices without a gap between them, at most `most` of them: where
 * there are more months, neighbours are taken together. The first one begins at `-infinity`, for rows that came
 * late, and the last one ends at the cutoff.
 */
export function slicesOf(months: readonly string[], cutoff: string, ageType: string, most: number): Slice[] {
  const perSlice = Math.max(1, Math.ceil(months.length / most));
  const begins = months
    .filter((_month, at) => at % perSlice === 0)
    .map((month) => `${month}-01T00:00:00.000Z`);
  const inner = begins.slice(1).filter((begin) => begin < cutoff);
  const bounds = ['-infinity', ...inner.map((begin) => asValue(begin, ageType)), asValue(cutoff, ageType)];
  return bounds.slice(1).map((to, at) => ({ from: bounds[at] ?? '-infinity', to }));
}

/** ISO 8601 in UTC -> `2024-01-01`, `2024-01-01 00:00:00` or `2024-01-01 00:00:00+00`. */
export function asValue(time: string, ageType: string): string {
  const [day = '', clock = ''] = time.split('T');
  if (ageType === 'date') return day;
  return `${day} ${clock.slice(0, 8)}${ageType.endsWith('with time zone') ? '+00' : ''}`;
}

/** Milliseconds since 1970 of what Postgres writes of a time, a time without zone taken as UTC; NaN for infinities and years before Christ. */
export function timeOf(value: string): number {
  const [, day, clock = '00:00:00'] =
    /^(\d{4,}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}(?:\.\d+)?))?(?:\+00)?$/.exec(value) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${clock}Z`);
}
