/** `2 h`, `1 h 30 min`, `45 min`, `20 s`: for people, rounded to what matters. */
export function describeHours(hours: number): string {
  const seconds = Math.round(hours * 3_600);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const [whole, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [whole > 0 ? `${whole} h` : '', rest > 0 ? `${rest} min` : '']
    .filter((part) => part !== '')
    .join(' ');
}
