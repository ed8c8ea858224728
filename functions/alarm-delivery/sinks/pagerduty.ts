import { createHash } from 'node:crypto';
import type { Page } from '../../../shared/alarm/page.ts';
import { cut, oneLine } from '../plain-text.ts';
import { shorten } from '../shorten.ts';
import type { Telling } from '../telling.ts';
import { inSentences } from '../text.ts';

/** An event of PagerDuty's Events API, version 2. */
export type PagerDutyEvent = PagerDutyTrigger | PagerDutyResolve;

interface PagerDutyTrigger {
  readonly routing_key: string;
  readonly event_action: 'trigger';
  readonly dedup_key: string;
  readonly client: 'Nightshift';
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'warning' | 'info';
    readonly timestamp: string;
    readonly component?: string;
    readonly group: string;
    readonly class?: string;
    readonly custom_details: Readonly<Record<string, string>>;
  };
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly images: readonly { readonly src: string; readonly alt: string }[];
}

interface PagerDutyResolve {
  readonly routing_key: string;
  readonly event_action: 'resolve';
  readonly dedup_key: string;
}

const limits = { summary: 1_024, dedupKey: 255 };
/** PagerDuty takes 512 KB; more than this nobody reads in an incident. */
const mostBytes = 100 * 1_024;

/**
 * What PagerDuty is told: that an incident opens or ends; null where a page does neither. A heartbeat resolves what
 * was never opened, which PagerDuty accepts like any other event, and wakes nobody.
 */
export function pagerDutyEvent(
  page: Page,
  telling: Telling,
  routingKey: string,
  { plain = false } = {},
): PagerDutyEvent | null {
  switch (actionOf(page)) {
    case 'trigger': {
      if (plain) return trigger(page, plainly(telling), routingKey);
      const fits = (shorter: Telling) =>
        Buffer.byteLength(JSON.stringify(trigger(page, shorter, routingKey))) <= mostBytes;
      return trigger(page, shorten(telling, fits), routingKey);
    }
    case 'resolve':
      return { routing_key: routingKey, event_action: 'resolve', dedup_key: dedupKey(page.incident) };
    case null:
      return null;
  }
}

/** What wakes somebody, and nothing that PagerDuty may mind. */
function plainly(telling: Telling): Telling {
  return { ...telling, sections: [], links: [], pictureUrl: null };
}

/** Whether a page opens an incident here, or ends it; null for what is part of a storm's incident, and leaves it as it is. */
export function actionOf({
  kind,
  effect,
  alerts,
}: Pick<Page, 'kind' | 'effect' | 'alerts'>): PagerDutyEvent['event_action'] | null {
  if (kind === 'heartbeat' || effect === 'resolves') return 'resolve';
  if (effect === 'opens' || kind === 'test') return 'trigger';
  // What another sink did not take, an alarm or a heartbeat, unless it is that something is over.
  const isOver = alerts.length > 0 && alerts.every(({ state }) => state === 'OK');
  return kind === 'undelivered' && !isOver ? 'trigger' : null;
}

/** The incident's own name where PagerDuty takes it, else its hash: names of alarms may be too long together. */
export function dedupKey(incident: string): string {
  if (incident.length <= limits.dedupKey && /^[\x21-\x7e]+$/.test(incident)) return incident;
  return `sha256:${createHash('sha256').update(incident).digest('hex')}`;
}

function trigger(page: Page, telling: Telling, routingKey: string): PagerDutyTrigger {
  const [first] = page.alerts;
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: dedupKey(page.incident),
    client: 'Nightshift',
    payload: {
      summary: cut(inSentences([telling.title, ...telling.paragraphs]), limits.summary),
      source: nameOf(first?.instance ?? page.database ?? `nightshift-${page.stage}`),
      severity: page.severity,
      timestamp: first?.at ?? page.at,
      ...(page.database === null ? {} : { component: nameOf(page.database) }),
      group: nameOf(page.stage),
      ...(first?.metric ? { class: nameOf(first.metric.name) } : {}),
      custom_details: detailsOf(telling),
    },
    links: telling.links.filter(isHttps).map(({ text, url }) => ({ href: url, text })),
    images: telling.pictureUrl?.startsWith('https:') ? [{ src: telling.pictureUrl, alt: 'The metric' }] : [],
  };
}

function nameOf(text: string): string {
  return cut(oneLine(text), 255) || '-';
}

function detailsOf({ paragraphs, facts, sections, footer }: Telling): Record<string, string> {
  return Object.fromEntries([
    ['What', paragraphs.join('\n')],
    ...facts.map(({ label, value }) => [label, value] as const),
    ...sections.map(({ heading, lines }) => [heading, lines.join('\n')] as const),
    ['From', footer],
  ]);
}

const isHttps = ({ url }: { readonly url: string }) => url.startsWith('https:');
