/** `"schema"."table"`: the one way in which a name reaches a statement. Values are bound, never quoted. */
export function quoteName(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}
