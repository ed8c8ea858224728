import { cut, cutMark } from './plain-text.ts';
import type { Section, Telling } from './telling.ts';

/** Shortens what a page says, step by step, until the form that it is given `fits`; what is cut is seen to be. */
export function shorten(telling: Telling, fits: (telling: Telling) => boolean): Telling {
  let shorter = telling;
  while (!fits(shorter)) {
    const next = step(shorter);
    if (next === undefined) return shorter;
    shorter = next;
  }
  return shorter;
}

/** The longest section loses half of itself; with no section left, paragraphs, picture and links go. Title, facts and footer stay. */
function step(telling: Telling): Telling | undefined {
  const longest = telling.sections.reduce(
    (found, section, index, all) => (sizeOf(section) > sizeOf(all[found]) ? index : found),
    0,
  );
  const section = telling.sections[longest];
  if (section)
    return { ...telling, sections: telling.sections.with(longest, half(section)).filter(hasLines) };
  const { paragraphs } = telling;
  if (paragraphs.length > 1)
    return { ...telling, paragraphs: [`${cut(paragraphs[0] ?? '', 500)}${cutMark}`] };
  if (telling.pictureUrl !== null) return { ...telling, pictureUrl: null };
  if (telling.links.length > 0) return { ...telling, links: [] };
  return undefined;
}

const cutLine = /^… cut: (\d+) more$/;

function half({ heading, lines, code }: Section): Section {
  const already = Number(cutLine.exec(lines.at(-1) ?? '')?.[1] ?? 0);
  const own = already > 0 ? lines.slice(0, -1) : lines;
  if (own.length <= 1) return { heading, lines: shorterLine(own[0] ?? '', already), code };
  const kept = own.slice(0, Math.floor(own.length / 2));
  return { heading, lines: [...kept, `… cut: ${already + own.length - kept.length} more`], code };
}

/** None once it is too short to say anything. */
function shorterLine(line: string, already: number): string[] {
  if (line.length < 80) return [];
  return [cut(line, Math.floor(line.length / 2)), ...(already > 0 ? [`… cut: ${already} more`] : [])];
}

const hasLines = ({ lines }: Section) => lines.length > 0;

function sizeOf(section: Section | undefined): number {
  return section ? section.lines.reduce((sum, line) => sum + line.length + 1, 0) : 0;
}
