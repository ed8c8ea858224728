import { cut, oneLine } from '../functions/alarm-delivery/plain-text.ts';

/** One message that a queue gave up. */
export interface DeadLetter {
  /** `alarm nightshift-prod-menotime-cpu`, `digest order of chat`. */
  readonly what: string;
  /** Why it lies there, in one line. */
  readonly reason: string;
}

/** What was found, or sent again, of one queue. */
export interface Redriven {
  readonly queue: string;
  readonly messages: number;
  /** Why they were given up, each reason once. */
  readonly reasons: readonly string[];
  readonly letters: readonly DeadLetter[];
}

/** A page, an event or an order, as far as its body says. */
export function whatLetter(body: string): string {
  const said = parsed(body);
  if (Array.isArray(said.alerts) && typeof said.kind === 'string') return whatPage(said.kind, said.alerts);
  if (said.trigger === 'digest')
    return `order to send a digest to ${nameOf(said.sink)}: its alarms wait for it`;
  if (typeof said.trigger === 'string') return `order: ${nameOf(said.trigger)}`;
  const detail = (said.detail ?? {}) as { readonly alarmName?: unknown; readonly SourceIdentifier?: unknown };
  const named = [detail.alarmName, detail.SourceIdentifier, said.AlarmName].find(
    (one) => typeof one === 'string',
  );
  return named === undefined ? 'something that is no alarm of a known form' : `event of ${nameOf(named)}`;
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // What is no JSON is of no known form either.
    return {};
  }
}

function whatPage(kind: string, alerts: readonly unknown[]): string {
  const [first] = alerts as readonly { readonly name?: unknown }[];
  if (first === undefined) return kind;
  return `${kind} ${nameOf(first.name)}${alerts.length > 1 ? ` and ${alerts.length - 1} more` : ''}`;
}

/** Whoever sent it chose the name. */
function nameOf(name: unknown): string {
  return cut(oneLine(String(name)), 100);
}

const mostShown = 10;

/** By queue and reason; at most ten of each by name. */
export function describeLetters(found: readonly Redriven[], isDryRun: boolean): string {
  const some = found.filter(({ messages }) => messages > 0);
  if (some.length === 0) return 'There are no dead letters.';
  const next = isDryRun
    ? 'Nothing was sent. Mend what the reasons name, then leave out --dry-run.'
    : 'What is refused again lies there again in a moment: see with --dry-run.';
  return [...some.map((one) => describeQueue(one, isDryRun)), next].join('\n\n');
}

function describeQueue({ queue, messages, reasons, letters }: Redriven, isDryRun: boolean): string {
  return [
    `${queue}: ${messages} ${isDryRun ? 'lie there' : 'sent again'}`,
    ...reasons.flatMap((reason) => {
      const these = letters.filter((letter) => letter.reason === reason);
      const more = these.length - mostShown;
      return [
        `  ${reason}:`,
        ...these.slice(0, mostShown).map(({ what }) => `    ${what}`),
        ...(more > 0 ? [`    … and ${more} more`] : []),
      ];
    }),
  ].join('\n');
}
