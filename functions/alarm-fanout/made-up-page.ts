import type { Alert } from '../../shared/alarm/alert.ts';
import type { Page } from '../../shared/alarm/page.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { linkedRunbook } from './classify/runbook.ts';
import { pageId } from './make-page.ts';

interface Stage {
  readonly stage: string;
  readonly config: Pick<StageConfig, 'account' | 'region' | 'alarms'>;
}

/** Each day, to every sink: that it arrives is what is watched. */
export function heartbeatPage(
  { stage, config }: Stage,
  { scheduledTime }: { readonly scheduledTime: string },
  now: Date,
): Page {
  return madeUp(stage, {
    kind: 'heartbeat',
    id: heartbeatId(scheduledTime),
    sinks: Object.keys(config.alarms?.sinks ?? {}),
    now,
    note: 'Alarms of the databases reach this place. This comes each day; where it stays out, another alarm says so.',
    alerts: [],
  });
}

const heartbeatId = (scheduledTime: string) => `heartbeat ${scheduledTime}`;

/** Of the page that a heartbeat of this time comes to. */
export function heartbeatPageId(scheduledTime: string): string {
  return pageId(heartbeatId(scheduledTime));
}

/** A sample, to one sink, as somebody asked for by hand. */
export function testPage(
  { stage, config: { account, region, alarms } }: Stage,
  { sink }: { readonly sink: string },
  messageId: string,
  now: Date,
): Page {
  const sample: Alert = {
    key: `arn:aws:cloudwatch:${region}:${account}:alarm:nightshift-${stage}-test`,
    name: `nightshift-${stage}-test`,
    source: 'test',
    state: 'ALARM',
    at: now.toISOString(),
    account,
    region,
    database: null,
    instance: null,
    severity: 'info',
    momentary: true,
    summary: 'This is a test: CPUUtilization of an example is 91.2 %, over 80 %',
    description: null,
    reason: null,
    metric: null,
    runbook: linkedRunbook('docs/runbooks/alarm-fanout.md', alarms?.runbookBase),
    children: [],
    quiet: null,
  };
  const note = 'Somebody tries whether alarms reach this place. Nothing is wrong.';
  return madeUp(stage, { kind: 'test', id: testId(messageId), sinks: [sink], now, note, alerts: [sample] });
}

const testId = (messageId: string) => `test ${messageId}`;

/** Of the page that a message on the alarm queue with this id comes to, where it asks for a test. */
export function testPageId(messageId: string): string {
  return pageId(testId(messageId));
}

interface MadeUp extends Pick<Page, 'kind' | 'id' | 'sinks' | 'note' | 'alerts'> {
  readonly now: Date;
}

function madeUp(stage: string, { id, now, ...page }: MadeUp): Page {
  return {
    version: 1,
    ...page,
    id: pageId(id),
    stage,
    severity: 'info',
    database: null,
    at: now.toISOString(),
    incident: `nightshift-${stage}-${page.kind}`,
    effect: 'none',
    counts: null,
    context: null,
  };
}
