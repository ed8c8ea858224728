import type { Alert } from '../../shared/alarm/alert.ts';
import type { Page } from '../../shared/alarm/page.ts';
import { linksOf } from './alarm-links.ts';
import { factsOf } from './facts.ts';
import { safeUrl } from './links.ts';
import { cut, oneLine } from './plain-text.ts';
import { sectionsOf } from './sections.ts';
import type { Mood, Telling } from './telling.ts';
import { utc } from './utc.ts';

/** What is known of a page besides itself. */
export interface Circumstances {
  /** When the alarm ended, where its recovery was sent before this page, which is older. */
  readonly overSince: string | null;
}

export const noCircumstances: Circumstances = { overSince: null };

const mostTitle = 300;

/** What a page says, in plain words that all sinks share. */
export function wordsOf(page: Page, circumstances: Circumstances = noCircumstances): Telling {
  return {
    mood: moodOf(page),
    title: cut(oneLine(titleOf(page)), mostTitle),
    paragraphs: paragraphsOf(page, circumstances).map((paragraph) => cut(oneLine(paragraph), 1_000)),
    facts: factsOf(page),
    sections: sectionsOf(page),
    links: linksOf(page),
    pictureUrl: page.context?.pictureUrl ? safeUrl(page.context.pictureUrl) : null,
    footer: cut(oneLine(`Nightshift, stage ${page.stage}. ${utc(page.at)}. Page ${page.id}.`), 300),
  };
}

function moodOf(page: Page): Mood {
  if (page.kind === 'heartbeat' || page.kind === 'recovery') return 'over';
  return isOver(page) ? 'over' : page.severity;
}

const isOver = ({ alerts }: Page) => alerts.length > 0 && alerts.every(({ state }) => state === 'OK');

function titleOf(page: Page): string {
  const [first] = page.alerts;
  // Only a heartbeat is about no alarm.
  const what = first ? nameWithPlace(first) : 'a heartbeat';
  const severity = page.severity.toUpperCase();
  switch (page.kind) {
    case 'alarm':
      return `${severity}: ${what}`;
    case 'recovery':
      return `Over: ${what}`;
    case 'reminder':
      return `Still on, ${severity}: ${what}`;
    case 'flapping':
      return `Flapping, ${severity}: ${what}`;
    case 'digest':
      return digestTitle(page);
    case 'heartbeat':
      return 'Heartbeat: alarms get through';
    case 'test':
      return `Test, no alarm: ${what}`;
    case 'undelivered':
      return `Not delivered elsewhere: ${page.counts ? digestTitle(page) : `${isOver(page) ? 'over' : severity}: ${what}`}`;
  }
}

/** One alarm goes by its name, also where it came within another's window; several are counted. */
function digestTitle({ severity, counts, alerts }: Page): string {
  const [first] = alerts;
  const [on, over] = [counts?.alarms ?? alerts.length, counts?.recoveries ?? 0];
  const mood = on === 0 ? 'Over' : severity.toUpperCase();
  if (first && on + over === 1) return `${mood}: ${nameWithPlace(first)}`;
  if (on === 0) return `${mood}: ${counted(over, 'alarm')}`;
  return `${mood}: ${counted(on, 'alarm')} at once${over === 0 ? '' : `, ${over} more over again`}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function nameWithPlace({ name, database }: Alert): string {
  // Room for the rest of the title, however long a name is.
  const short = cut(oneLine(name), 200);
  return database === null || name.includes(database) ? short : `${short} of ${database}`;
}

function paragraphsOf(page: Page, { overSince }: Circumstances): string[] {
  const [first] = page.alerts;
  return [
    ...(overSince === null ? [] : [`This comes late: it has been over since ${utc(overSince)}.`]),
    ...(page.note === null ? [] : [page.note]),
    ...(first === undefined ? [] : [isOfSeveral(page) ? `The worst: ${first.summary}` : first.summary]),
    ...(first && !page.counts && isEndless(first) ? ['RDS does not tell when this is over.'] : []),
  ];
}

const isOfSeveral = ({ counts }: Page) => counts !== null && counts.alarms + counts.recoveries > 1;

/** What lasts, and of whose end RDS has no event: `rds/menotime-prod/storage-low`. */
const isEndless = ({ source, momentary, name }: Alert) =>
  source === 'rds' && momentary && /\/(storage|log-volume|burst-credits|memory)-[a-z-]+$/.test(name);
