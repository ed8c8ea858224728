/**
 * What is not to be seen: control characters, marks of direction, fillers and marks of nothing at all, which hide what
 * a text says; and what is no character, which SQS refuses.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;
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
  // Nothing is shorter once it is written.
  for (const { segment } of characters.segment(text.slice(0, most + longestCharacter))) {
    const next = written(segment);
    if (kept.length + next.length > room) break;
    kept += next;
  }
  return `${kept.trimEnd()}${written(cutMark)}`;
}

/** What people see as one: a letter with its marks, a flag, a hand with its colour. */
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** More than a letter with the marks that `clean` leaves it. */
const longestCharacter = 64;

function head(text: string, units: number): string {
  const end = Math.max(0, units);
  const start = Math.max(0, end - longestCharacter);
  const around = characters.segment(text.slice(start, end + longestCharacter));
  return text.slice(0, start + (around.containing(end - start)?.index ?? end - start));
}
