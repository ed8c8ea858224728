import type { Alert } from '../../shared/alarm/alert.ts';
import type { Page } from '../../shared/alarm/page.ts';
import { severities } from '../../shared/alarm/severity.ts';
import { cut, oneLine } from './plain-text.ts';
import type { Fact } from './telling.ts';
import { utc } from './utc.ts';

/** The names of alarms have 255 characters at most. */
const mostValue = 300;

/** What stands beside the sentences: at most ten, each of one line. */
export function factsOf(page: Page): Fact[] {
  const [first] = page.alerts;
  const facts = page.counts ? digestFacts(page) : first ? alarmFacts(page, first) : [];
  return facts.map(({ label, value }) => ({ label, value: cut(oneLine(value), mostValue) || '-' }));
}

function alarmFacts({ severity, context }: Page, alert: Alert): Fact[] {
  return [
    { label: 'Alarm', value: alert.name },
    { label: 'Severity', value: severity },
    ...placeOf(alert),
    { label: stateLabel(alert), value: utc(alert.at) },
    ...(context?.trend ? [{ label: 'Trend', value: context.trend }] : []),
    ...(alert.quiet ? [{ label: 'CloudWatch keeps quiet', value: quietOf(alert.quiet) }] : []),
    { label: 'Account', value: `${alert.account}, ${alert.region}` },
    ...(alert.runbook ? [{ label: 'Runbook', value: alert.runbook }] : []),
  ];
}

function placeOf({ database, instance }: Alert): Fact[] {
  if (database === null && instance === null) return [];
  const named = database ?? instance ?? '';
  return [
    {
      label: 'Database',
      value: database && instance && database !== instance ? `${named} (instance ${instance})` : named,
    },
  ];
}

function stateLabel({ state, momentary }: Alert): string {
  if (momentary) return 'Happened';
  switch (state) {
    case 'ALARM':
      return 'On since';
    case 'OK':
      return 'Over since';
    case 'INSUFFICIENT_DATA':
      return 'Without data since';
  }
}

function quietOf({ by, until }: NonNullable<Alert['quiet']>): string {
  return until === null ? by : `${by}, until ${utc(until)}`;
}

function digestFacts({ counts, alerts }: Page): Fact[] {
  const [worst] = alerts;
  if (!counts) return [];
  return [
    ...(worst
      ? [{ label: counts.alarms + counts.recoveries > 1 ? 'The worst' : 'Alarm', value: worst.name }]
      : []),
    ...(worst ? placeOf(worst) : []),
    ...(worst ? [{ label: stateLabel(worst), value: utc(worst.at) }] : []),
    { label: 'Alarms', value: bySeverity(counts.bySeverity) || String(counts.alarms) },
    ...(counts.recoveries > 0 ? [{ label: 'Over again', value: String(counts.recoveries) }] : []),
    { label: 'By database', value: byDatabase(counts.byDatabase) },
  ];
}

function bySeverity(counts: Readonly<Record<string, number>>): string {
  return severities
    .flatMap((severity) => ((counts[severity] ?? 0) > 0 ? [`${counts[severity]} ${severity}`] : []))
    .join(', ');
}

function byDatabase(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 50)
    .map(([database, count]) => `${database === '-' ? 'none of them' : database}: ${count}`)
    .join(', ');
}
