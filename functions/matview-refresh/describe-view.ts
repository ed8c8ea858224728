import { describeHours } from '../../shared/job/durations.ts';
import { visible } from '../../shared/verify/visible.ts';
import { ageHours, type ViewOutcome } from './view-outcome.ts';

/** `public.mv_costs: refreshed (concurrently) in 3.2 s, 1,200 rows, 500 kB, 100 kB more than before.` What mends it stands on a line of its own. */
export function describeView(view: ViewOutcome): string {
  return visible(factsOf(view)) + remedyOf(view);
}

/** The same of one that is older than promised. */
export function describeStale(view: ViewOutcome, at: Date): string {
  const limit = `its limit is ${describeHours(view.freshWithinHours)}`;
  const age =
    view.asOf === null
      ? `Nobody knows how old it is; ${limit}.`
      : `It is ${describeHours(ageHours(view, at))} old; ${limit}.`;
  return `${visible(factsOf(view))} ${age}${remedyOf(view)}`;
}

/** To be copied, so that nothing else stands on its line. */
const remedyOf = ({ remedy }: ViewOutcome) => (remedy === null ? '' : `\n  → ${visible(remedy)}`);

function factsOf(view: ViewOutcome): string {
  const { status, reason, method, seconds, rows } = view;
  if (status !== 'refreshed') {
    const what = [`${view.view}: ${status}`, reason].filter((part) => part !== null).join(': ');
    return `${what.replace(/\.$/, '')}.`;
  }
  const facts = [
    `refreshed (${method ?? 'plain'})${seconds === null ? '' : ` in ${describeSeconds(seconds)}`}`,
    ...(rows === null ? [] : [`${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`]),
    describeBytes(view.bytes),
    ...growth(view),
  ];
  return `${view.view}: ${facts.join(', ')}.`;
}

function growth({ grownBytes }: ViewOutcome): string[] {
  if (grownBytes === null || Math.abs(grownBytes) < 50_000) return [];
  return [`${describeBytes(Math.abs(grownBytes))} ${grownBytes > 0 ? 'more' : 'less'} than before`];
}

function describeBytes(bytes: number): string {
  const [size, unit] =
    bytes < 1_000_000 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${size < 100 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** `3.2 s`, `4 min 5 s`, `2 h 7 min`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
