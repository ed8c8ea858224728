import { alarmArn, alarmKey, parseAlarmArn } from './alarm-arn.ts';

const longestRule = 10_240;
const mostChildren = 100;

interface Family {
  readonly region: string;
  readonly account: string;
  /** The composite alarm's own. */
  readonly key: string;
}

/**
 * The alarms that a composite alarm stands for: those that its rule wants on, and those that made it change. One that
 * the rule wants off (`NOT ALARM(…)`) is none of them.
 */
export function childrenOf(
  rule: string | null | undefined,
  triggering: readonly string[],
  { region, account, key }: Family,
): string[] {
  const named = wantedOn((rule ?? '').slice(0, longestRule)).map((name) =>
    parseAlarmArn(name) ? name : alarmArn({ region, account, name }),
  );
  const arns = triggering.slice(0, mostChildren).filter((arn) => parseAlarmArn(arn));
  return [...new Set([...named, ...arns].map(alarmKey))]
    .filter((child) => child !== key)
    .slice(0, mostChildren);
}

/** `ALARM(cpu) OR ALARM("two words") AND NOT ALARM(maintenance)` gives cpu and two words. */
function wantedOn(rule: string): string[] {
  const terms = rule.matchAll(
    /(\bNOT\s{0,10}\(?\s{0,10})?\bALARM\(\s{0,10}(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^"'()]{1,2000}))/gi,
  );
  return [...terms].flatMap(([, not, double, single, bare]) =>
    not === undefined ? [(double ?? single ?? bare ?? '').trim()] : [],
  );
}
