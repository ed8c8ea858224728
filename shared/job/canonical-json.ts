/** JSON with sorted keys and a final newline: the same facts give the same bytes, whoever writes them. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(value, (_key, inner) => (isPlainObject(inner) ? sorted(inner) : inner), 2)}\n`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
