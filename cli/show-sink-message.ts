import type { PagerDutyEvent } from '../functions/alarm-delivery/sinks/pagerduty.ts';
import type { SlackBlock, SlackMessage } from '../functions/alarm-delivery/sinks/slack.ts';
import type { Mail } from '../infra/local/alarms/mailbox.ts';
import type { SinkMessage } from '../infra/local/alarms/sink-server.ts';

/** `chat (slack): CRITICAL: nightshift-demo-menotime-connections. …`: what a sink was told, in one line. */
export function describeSinkMessage({ sink, kind, body }: SinkMessage): string {
  return `${sink} (${kind}): ${titleOf(kind, body)}`;
}

function titleOf(kind: SinkMessage['kind'], body: unknown): string {
  switch (kind) {
    case 'slack':
    case 'slack-bot':
      return unescaped((body as SlackMessage).text);
    case 'pagerduty':
      return describeIncident(body as PagerDutyEvent);
    case 'webhook':
      return (body as { readonly title: string }).title;
    case 'teams':
      return firstText(body) ?? 'a card';
    case 'sns':
    case 'email':
      return (body as Mail).subject;
  }
}

/** `opens the incident arn:…: CRITICAL: …` */
function describeIncident(event: PagerDutyEvent): string {
  return event.event_action === 'trigger'
    ? `opens the incident ${event.dedup_key}: ${event.payload.summary}`
    : `resolves the incident ${event.dedup_key}`;
}

/** A message as Slack shows it, line by line. */
export function slackLines({ text, blocks }: SlackMessage): string[] {
  return blocks ? blocks.flatMap(blockLines) : unescaped(text).split('\n');
}

function blockLines(block: SlackBlock): string[] {
  switch (block.type) {
    case 'header':
      return [unescaped(block.text.text)];
    case 'section':
      return 'fields' in block
        ? block.fields.map(({ text }) => unescaped(text))
        : ['', ...unescaped(withoutMarkup(block.text.text)).split('\n')];
    case 'image':
      return ['', `[${block.alt_text}: ${new URL(block.image_url).pathname}]`];
    case 'context':
      return ['', ...block.elements.map(({ text }) => unescaped(text))];
  }
}

/** `<https://…|Runbook>` as its words with the address, and code without its fences. */
function withoutMarkup(text: string): string {
  return text.replace(/<(https?:[^|>]+)\|([^>]+)>/g, '$2: $1').replace(/^```\n?|\n?```$/gm, '');
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function firstText(body: unknown): string | undefined {
  const found = /"text":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(body))?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as string);
}
