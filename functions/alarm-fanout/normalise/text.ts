/** Text of others, made fit to be kept and told: well-formed, without control characters, and no longer than it may be. */

/** Cut visibly, never within a character. */
export function cut(text: string, most: number): string {
  const whole = text.length <= most ? text : `${text.slice(0, most - 1)}…`;
  return whole.replace(/[\ud800-\udbff]…$/, '…').toWellFormed();
}

/** Everything that could begin a line or hide in one becomes a space. */
export function oneLine(text: string, most: number): string {
  // What is cut anyway need not be looked at; spaces may make the line shorter.
  const plain = text.slice(0, most * 4).replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ');
  return cut(plain.trim(), most);
}

/** Lines stay lines; null where nothing is left. */
export function paragraph(text: string | null | undefined, most: number): string | null {
  const plain = (text ?? '').slice(0, most * 4).replace(/[^\P{Cc}\n]/gu, ' ');
  return cut(plain.trim(), most) || null;
}

/** What CloudWatch allows; only what somebody made up is longer. */
export const longest = { name: 255, description: 1_024, reason: 1_024, summary: 300 } as const;
