import { dirname, relative } from 'node:path';
import type { PagerDutyEvent } from '../functions/alarm-delivery/sinks/pagerduty.ts';
import type { SlackMessage } from '../functions/alarm-delivery/sinks/slack.ts';
import type { SinkMessage } from '../infra/local/alarms/sink-server.ts';
import type { AlarmNight } from './alarm-night.ts';
import { slackLines } from './show-sink-message.ts';
import { formatTable } from './table.ts';
import { formatSeconds, formatTime } from './units.ts';

/** An alarm and who was told what, for people. */
export function describeAlarmNight(night: AlarmNight): string {
  const { connections, toldWithinSeconds, told, toldAgain, recovered } = night;
  return [
    '═══ alarm-fanout',
    `A transaction is left open, ${connections} sessions pile up, ${night.alarm} rings. ${formatSeconds(toldWithinSeconds)} later, the chat says:`,
    ...told.flatMap(slackOf),
    toldAgain.length === 0
      ? 'The same event, delivered again, made nothing.'
      : `The same event, delivered again, made ${toldAgain.length} messages: this should not be.`,
    'The transaction ends, the alarm is over:',
    ...recovered.flatMap(slackOf),
    ...incidents([...told, ...recovered]),
    receiptTable(night),
  ].join('\n\n');
}

function slackOf({ kind, body }: SinkMessage): string[] {
  if (kind !== 'slack') return [];
  return [
    slackLines(body as SlackMessage)
      .map((line) => `  │ ${line}`.trimEnd())
      .join('\n'),
  ];
}

/** PagerDuty knows an incident by one key, from its opening to its end. */
function incidents(messages: readonly SinkMessage[]): string[] {
  const events = messages
    .filter(({ kind }) => kind === 'pagerduty')
    .map(({ at, body }) => ({ at, event: body as PagerDutyEvent }));
  return Object.entries(Object.groupBy(events, ({ event }) => event.dedup_key)).map(([key, group = []]) => {
    const rows = group.map(({ at, event }) => [
      formatTime(at),
      event.event_action === 'trigger' ? `opened: ${event.payload.summary}` : 'resolved',
    ]);
    return [`The pager has one incident, ${key}:`, formatTable(['when', 'it was'], rows)].join('\n\n');
  });
}

/** Each lies in a file of its own, named for its sink, day and page: their paths are too long for a table. */
function receiptTable({ receipts }: AlarmNight): string {
  const [first] = receipts;
  const table = formatTable(
    ['delivered', 'what', 'to', 'after', 'at attempt'],
    receipts.map(({ deliveredAt, kind, sink, latencyMs, attempts }) => [
      formatTime(deliveredAt),
      kind,
      sink,
      formatSeconds(latencyMs / 1_000),
      String(attempts),
    ]),
    ['after', 'at attempt'],
  );
  if (!first) return table;
  const folder = dirname(dirname(dirname(relative(process.cwd(), first.path))));
  return `The proof of each delivery lies below ${folder}\n\n${table}`;
}
