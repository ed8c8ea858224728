/** So many characters of a key or an organisation are told: enough to find the row, and a message stays one. */
const most = 80;

/** A value of a row as a finding may quote it; where it was cut it says so, and how long it is. */
export function shortValue(value: string): string {
  const characters = Array.from(value);
  if (characters.length <= most) return value;
  return `${characters.slice(0, most).join('')}… (cut: ${characters.length} characters)`;
}
