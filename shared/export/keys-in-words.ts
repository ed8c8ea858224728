/** The first of them by name, and how many more there are. */
export function inWords(keys: readonly string[], atMost = 10): string {
  const more = keys.length - atMost;
  return keys.slice(0, atMost).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
