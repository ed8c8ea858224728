import type { Alert } from '../../shared/alarm/alert.ts';
import type { DatabaseContext, Page, PageContext } from '../../shared/alarm/page.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { cut, linesOf, oneLine } from './plain-text.ts';
import type { Section } from './telling.ts';
import { utc } from './utc.ts';

const mostLine = 500;
const mostLines = 60;

/** What comes below the facts, the most useful first; parts without a line are left out. */
export function sectionsOf(page: Page): Section[] {
  const [first] = page.alerts;
  return [
    ...(page.counts ? [alarmList(page)] : []),
    ...(page.context ? contextSections(page.context) : []),
    ...(first && !page.counts ? ownWords(first) : []),
    ...(page.context ? [plain('Not found out', page.context.missing)] : []),
  ].filter(({ lines }) => lines.length > 0);
}

function contextSections({ commands, database, rdsEvents, runningJobs }: PageContext): Section[] {
  return [
    ...(database ? databaseSections(database) : []),
    ...commands.map(({ what, text }) => code(what, linesOf(text))),
    plain('Nightshift is running', runningJobs),
    plain('Events of RDS', rdsEvents),
  ];
}

function databaseSections(database: DatabaseContext): Section[] {
  const { statements, locks, connections, maxConnections, longestTransactionSeconds } = database;
  const byState = Object.entries(connections);
  const total = byState.reduce((sum, [, count]) => sum + count, 0);
  return [
    code('Statements under way', statementLines(statements)),
    plain('Who waits for whom', locks),
    plain('Connections', [
      `${total} of ${maxConnections}${byState.length > 0 ? ` (${byState.map(([state, count]) => `${state}: ${count}`).join(', ')})` : ''}`,
      ...(longestTransactionSeconds === null
        ? []
        : [`The longest transaction has been open for ${inWords(longestTransactionSeconds)}.`]),
    ]),
  ];
}

/** The longest first; what is the same is one line. */
function statementLines(statements: DatabaseContext['statements']): string[] {
  const alike = Object.groupBy(statements, ({ text, state }) => `${state}: ${text}`);
  return Object.entries(alike).map(([what, group = []]) => {
    const longest = Math.max(...group.map(({ seconds }) => seconds));
    return `${inWords(longest)}, ${what}${group.length > 1 ? ` (${group.length} of these)` : ''}`;
  });
}

/** What is wrong is no news once it is over. */
function ownWords({ source, state, description, reason }: Alert): Section[] {
  const said = { rds: 'What RDS says', job: 'What the run says' } as const;
  const why = source === 'rds' || source === 'job' ? said[source] : 'Why it changed';
  return [
    plain('The alarm’s description', description === null || state === 'OK' ? [] : linesOf(description)),
    plain(why, reason === null ? [] : linesOf(reason)),
  ];
}

function alarmList({ alerts, counts }: Page): Section {
  const total = counts ? counts.alarms + counts.recoveries : alerts.length;
  const unlisted = total - alerts.length;
  return {
    heading: 'Alarms, the worst first',
    lines: [
      ...alerts.map((alert) => cut(oneLine(alarmLine(alert)), mostLine)),
      ...(unlisted > 0 ? [`… cut: ${unlisted} more`] : []),
    ],
    code: false,
  };
}

function alarmLine({ state, severity, name, database, summary, at }: Alert): string {
  const what = state === 'OK' ? 'over' : severity.toUpperCase();
  const place = database === null ? '' : ` (${database})`;
  return `${what}: ${cut(oneLine(name), 200)}${place}, ${utc(at)}. ${cut(oneLine(summary), 200)}`;
}

/** `340 ms`, `12 s`, `1 h 5 min`. */
function inWords(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1_000)} ms` : describeHours(seconds / 3_600);
}

const plain = (heading: string, lines: readonly string[]): Section => section(heading, lines, false);
const code = (heading: string, lines: readonly string[]): Section => section(heading, lines, true);

function section(heading: string, given: readonly string[], code: boolean): Section {
  const cleaned = given
    .flatMap((line) => (code ? linesOf(line) : [oneLine(line)]))
    .filter((line) => line !== '');
  const shown = cleaned.slice(0, mostLines).map((line) => cut(line, mostLine));
  const more = cleaned.length - shown.length;
  return {
    heading: cut(oneLine(heading), 100) || '-',
    lines: [...shown, ...(more > 0 ? [`… cut: ${more} more`] : [])],
    code,
  };
}
