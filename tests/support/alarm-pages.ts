import fc from 'fast-check';
import type { Alert } from '../../shared/alarm/alert.ts';
import { type Page, type PageContext, pageKinds } from '../../shared/alarm/page.ts';
import { severities } from '../../shared/alarm/severity.ts';

/** Pages as alarm-fanout makes them; tests vary them by spread. */

export const cpuAlert: Alert = {
  key: 'arn:aws:cloudwatch:us-west-1:111122223333:alarm:menotime-cpu',
  name: 'menotime-cpu',
  source: 'cloudwatch',
  state: 'ALARM',
  at: '2026-11-21T10:00:00.000Z',
  account: '111122223333',
  region: 'us-west-1',
  database: 'menotime',
  instance: 'menotime-prod',
  severity: 'critical',
  momentary: false,
  summary: 'CPUUtilization of menotime-prod is 91.2 %, over 80 %',
  description: 'The processor is busy.\nAsk the owner of the nightly import first.',
  reason: 'Threshold Crossed: 3 datapoints were greater than the threshold (80.0).',
  metric: {
    namespace: 'AWS/RDS',
    name: 'CPUUtilization',
    dimensions: { DBInstanceIdentifier: 'menotime-prod' },
    statistic: 'Average',
    periodSeconds: 300,
    value: 91.2,
    threshold: 80,
  },
  runbook: 'https://wiki.example.com/runbooks/cpu',
  children: [],
  quiet: null,
};

export const context: PageContext = {
  pictureUrl: 'https://menotime-backups.s3.us-west-1.amazonaws.com/pictures/cpu.png?X-Amz-Signature=abc',
  trend: 'rose from 41 % to 93 % within 30 minutes',
  rdsEvents: ['2026-11-21 09:58 UTC: DB instance restarted'],
  runningJobs: ['audit-archive of menotime, for 12 min'],
  database: {
    statements: [{ text: 'SELECT * FROM visits WHERE patient_id = $1', seconds: 75, state: 'active' }],
    locks: ['4711 waits 12 s for 4700 (relation public.visits)'],
    connections: { active: 12, idle: 80 },
    maxConnections: 200,
    longestTransactionSeconds: 5_400,
  },
  commands: [{ what: 'The busiest statements', text: 'SELECT query\nFROM pg_stat_statements\nLIMIT 5;' }],
  missing: ['the last value of the metric: no answer within 600 ms'],
};

export const alarmPage: Page = {
  version: 1,
  id: '0123456789abcdef0123456789abcdef',
  kind: 'alarm',
  stage: 'prod',
  severity: 'critical',
  database: 'menotime',
  at: '2026-11-21T10:00:02.000Z',
  sinks: ['ops'],
  incident: cpuAlert.key,
  effect: 'opens',
  alerts: [cpuAlert],
  counts: null,
  note: null,
  context,
};

export const recoveryPage: Page = {
  ...alarmPage,
  id: 'fedcba9876543210fedcba9876543210',
  kind: 'recovery',
  at: '2026-11-21T10:20:02.000Z',
  effect: 'resolves',
  alerts: [{ ...cpuAlert, state: 'OK', at: '2026-11-21T10:20:00.000Z' }],
  context: null,
};

/** A storm of so many alarms, of which a page shows a hundred. */
export function digestPage(alarms: number): Page {
  const alerts = Array.from({ length: Math.min(alarms, 100) }, (_, index) => ({
    ...cpuAlert,
    key: `${cpuAlert.key}-${index}`,
    name: `menotime-cpu-${index}`,
    severity: index === 0 ? ('critical' as const) : ('warning' as const),
  }));
  return {
    ...alarmPage,
    id: 'd1ge57d1ge57d1ge57d1ge57d1ge57d1',
    kind: 'digest',
    incident: 'storm:ops:2026-11-21T10:00:00.000Z',
    alerts,
    counts: {
      alarms,
      recoveries: 0,
      bySeverity: { critical: 1, warning: alarms - 1, info: 0 },
      byDatabase: { menotime: alarms },
    },
    context: null,
  };
}

/** Makes pages of an alarm each, which no other page of the same maker is about; now, unless `more` says when. */
export function pageMaker(): (more?: Partial<Page>) => Page {
  let made = 0;
  return (more = {}) => {
    made++;
    const key = `${cpuAlert.key}-${made}`;
    return {
      ...alarmPage,
      id: made.toString(16).padStart(32, '0'),
      incident: key,
      at: new Date().toISOString(),
      alerts: [{ ...cpuAlert, key }],
      ...more,
    };
  };
}

const hostileParts = [
  '<!channel>',
  '<!here|here>',
  '<@U0123ABCD>',
  '<https://evil.example|Runbook>',
  '[click](https://evil.example)',
  '@everyone',
  '**bold** _it_ ~no~ `code` ``` fence',
  '<at>everyone</at>',
  '{{DATE(2026-01-01T00:00:00Z)}}',
  '\u202Eesrever\u202C',
  '\u200B\uFEFF',
  '\uD800',
  '\uDC00x',
  '\u0000\u0007\u001B[31m',
  '\r\n\n\u2028',
  '&lt;!channel&gt;',
  '"\\\'',
  '😀👩‍👩‍👧‍👦é̴̡̛̛̀́̂',
  '__proto__',
];

/** Texts that someone who names an alarm may write, up to 10,000 characters. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom(...hostileParts), { minLength: 1, maxLength: 20 }).map((parts) => parts.join(' ')),
  fc
    .constantFrom(...hostileParts, 'x', '&', '<', '`', '*', '𝕏')
    .map((part) => part.repeat(10_000 / part.length)),
  fc.constant(''),
);
const some = fc.option(hostileText, { nil: null });
const texts = fc.array(hostileText, { maxLength: 5 });
const severity = fc.constantFrom(...severities);
const at = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const hostileAlert: fc.Arbitrary<Alert> = fc.record({
  key: hostileText.map((text) => text || 'k'),
  name: hostileText,
  source: fc.constantFrom('cloudwatch', 'rds', 'job', 'heartbeat', 'test'),
  state: fc.constantFrom('ALARM', 'OK', 'INSUFFICIENT_DATA'),
  at,
  account: hostileText,
  region: hostileText,
  database: some,
  instance: some,
  severity,
  momentary: fc.boolean(),
  summary: hostileText,
  description: some,
  reason: some,
  metric: fc.constant(cpuAlert.metric),
  runbook: fc.oneof(
    some,
    hostileText.map((text) => `https://wiki.example.com/${text}`),
  ),
  children: fc.constant([]),
  quiet: fc.option(fc.record({ by: hostileText, until: fc.option(at, { nil: null }) }), { nil: null }),
});

const hostileContext: fc.Arbitrary<PageContext> = fc.record({
  pictureUrl: fc.oneof(
    some,
    fc.constant(context.pictureUrl),
    hostileText.map((text) => `https://s3.example.com/${text}`),
  ),
  trend: some,
  rdsEvents: texts,
  runningJobs: texts,
  database: fc.option(
    fc.record({
      statements: fc.array(fc.record({ text: hostileText, seconds: fc.nat(100_000), state: hostileText }), {
        maxLength: 5,
      }),
      locks: texts,
      connections: fc.dictionary(hostileText, fc.nat(1_000), { maxKeys: 5 }),
      maxConnections: fc.nat(5_000),
      longestTransactionSeconds: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null }),
    }),
    { nil: null },
  ),
  commands: fc.array(fc.record({ what: hostileText, text: hostileText }), { maxLength: 3 }),
  missing: texts,
});

/** A hundred alerts of a page have 200 KB together at most. */
function ofOneKilobyte(alert: Alert): Alert {
  const entries = Object.entries(alert).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.slice(0, 150) : value,
  ]);
  return Object.fromEntries(entries) as Alert;
}

/** Pages whose every text is hostile, with up to a hundred alarms. */
export const hostilePage: fc.Arbitrary<Page> = fc
  .record({
    kind: fc.constantFrom(...pageKinds),
    alerts: fc.oneof(
      fc.array(hostileAlert, { minLength: 1, maxLength: 3 }),
      hostileAlert.map((alert) => Array.from({ length: 100 }, () => ofOneKilobyte(alert))),
    ),
    stage: hostileText,
    severity,
    database: some,
    at,
    incident: hostileText.map((text) => text || 'i'),
    effect: fc.constantFrom('opens', 'resolves', 'none'),
    note: some,
    context: fc.option(hostileContext, { nil: null }),
    byDatabase: fc.dictionary(hostileText, fc.nat(1_000), { maxKeys: 60 }),
    more: fc.nat(10_000),
  })
  .map(({ byDatabase, more, ...page }) => ({
    ...page,
    version: 1,
    id: alarmPage.id,
    sinks: ['ops'],
    counts:
      page.kind === 'digest'
        ? {
            alarms: page.alerts.length + more,
            recoveries: 0,
            bySeverity: { critical: 1, warning: more, info: 0 },
            byDatabase,
          }
        : null,
  }));
