const form = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** A time with its zone, as ISO 8601 in UTC; undefined for anything else, a 31st of November among it. */
export function readMoment(text: string): string | undefined {
  const [, day = ''] = form.exec(text) ?? [];
  const at = Date.parse(text);
  // Date takes 2026-02-30 for the 2nd of March.
  if (day === '' || Number.isNaN(at) || !isDay(day)) return undefined;
  return new Date(at).toISOString();
}

function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
