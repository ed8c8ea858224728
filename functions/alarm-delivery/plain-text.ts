/** What is not to be seen: control characters, marks of direction and of nothing at all, which hide what a text says. */
const unseen = /[\p{Cc}\p{Cf}]/gu;
/** More marks on one letter than any script needs, which spill over the lines above and below. */
const piled = /(\p{M}{3})\p{M}+/gu;
const breaks = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

/** What every text that was cut ends with. */
export const cutMark = ' … cut';

/** One line: without control characters, marks of direction and halves of characters. */
export function oneLine(text: string): string {
  return clean(text.replace(/\s+/gu, ' ')).replace(/ {2,}/g, ' ').trim();
}

/** Lines as they were, each cleaned as `oneLine` does, but with its indentation; empty ones are left out. */
export function linesOf(text: string): string[] {
  return text
    .split(breaks)
    .map((line) => clean(line.replaceAll('\t', '  ')).trimEnd())
    .filter((line) => line !== '');
}

function clean(text: string): string {
  return text.toWellFormed().replace(unseen, '').replace(piled, '$1');
}

/** At most `most` UTF-16 units, with the mark at the end where something is missing; no character is halved. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${head(text, most - cutMark.length).trimEnd()}${cutMark}`;
}

/** As `cut`, where each character may take more room once it is written as `written` writes it. */
export function cutWritten(text: string, most: number, written: (text: string) => string): string {
  const whole = written(text);
  if (whole.length <= most) return whole;
  const room = most - written(cutMark).length;
  let kept = '';
  for (const character of text) {
    const next = written(character);
    if (kept.length + next.length > room) break;
    kept += next;
  }
  return `${kept.trimEnd()}${written(cutMark)}`;
}

function head(text: string, units: number): string {
  const end = Math.max(0, units);
  return text.slice(0, end).toWellFormed() === text.slice(0, end)
    ? text.slice(0, end)
    : text.slice(0, end - 1);
}
