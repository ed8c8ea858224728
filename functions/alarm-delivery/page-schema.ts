import * as z from 'zod/mini';
import { alarmStates, alertSources } from '../../shared/alarm/alert.ts';
import { type Page, pageKinds } from '../../shared/alarm/page.ts';
import { severities } from '../../shared/alarm/severity.ts';

/** What a page must be made of to be delivered. What it holds besides is left out: its maker may be newer. */
export function pageSchema() {
  const text = z.string();
  const time = z.iso.datetime();
  const nullable = z.nullable<z.ZodMiniString>;
  const severity = z.enum(severities);
  const count = z.int().check(z.gte(0));
  const texts = z.array(text);
  const alert = z.object({
    key: text.check(z.minLength(1)),
    name: text,
    source: z.enum(alertSources),
    state: z.enum(alarmStates),
    at: time,
    account: text,
    region: text,
    database: nullable(text),
    instance: nullable(text),
    severity,
    momentary: z.boolean(),
    summary: text,
    description: nullable(text),
    reason: nullable(text),
    metric: z.nullable(
      z.object({
        namespace: text,
        name: text,
        dimensions: z.record(text, text),
        statistic: text,
        periodSeconds: z.number(),
        value: z.nullable(z.number()),
        threshold: z.nullable(z.number()),
      }),
    ),
    runbook: nullable(text),
    children: texts,
    quiet: z.nullable(z.object({ by: text, until: nullable(text) })),
  });
  const database = z.object({
    statements: z.array(z.object({ text, seconds: z.number(), state: text })),
    locks: texts,
    connections: z.record(text, z.number()),
    maxConnections: z.number(),
    longestTransactionSeconds: z.nullable(z.number()),
  });
  const context = z.object({
    pictureUrl: nullable(text),
    trend: nullable(text),
    rdsEvents: texts,
    runningJobs: texts,
    database: z.nullable(database),
    commands: z.array(z.object({ what: text, text })),
    missing: texts,
  });
  const counts = z.object({
    alarms: count,
    recoveries: count,
    bySeverity: z.record(severity, count),
    byDatabase: z.record(text, count),
  });
  return z.object({
    version: z.literal(1),
    id: text.check(z.minLength(1), z.maxLength(1_024)),
    kind: z.enum(pageKinds),
    stage: text,
    severity,
    database: nullable(text),
    at: time,
    sinks: texts,
    incident: text.check(z.minLength(1)),
    effect: z.enum(['opens', 'resolves', 'none']),
    alerts: z.array(alert),
    counts: z.nullable(counts),
    note: nullable(text),
    context: z.nullable(context),
  }) satisfies z.ZodMiniType<Page>;
}
