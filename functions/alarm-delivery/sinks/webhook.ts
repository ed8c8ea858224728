import { createHmac } from 'node:crypto';
import type { Page } from '../../../shared/alarm/page.ts';
import type { Telling } from '../telling.ts';

/** What a receiver gets: the page itself, and its title for people. */
export interface WebhookBody {
  readonly version: 1;
  readonly title: string;
  readonly page: Page;
  /** What was too large: so many of the page's alerts, the least bad; and what was found out about it. */
  readonly leftOut: { readonly alerts: number; readonly context: boolean };
}

/** Receivers commonly refuse what is larger than a megabyte; a page is at most a fifth of it. */
const mostBytes = 256 * 1_024;
/** For a receiver that minded more: what even a careful one takes. */
const mostPlainBytes = 8 * 1_024;

/** The body's text, with every string well-formed: what is no character becomes U+FFFD. */
export function webhookBody(page: Page, { title }: Telling, { plain = false } = {}): string {
  const most = plain ? mostPlainBytes : mostBytes;
  let shorter = page;
  for (;;) {
    const text = bodyOf(page, shorter, title);
    if (Buffer.byteLength(text) <= most) return text;
    if (shorter.alerts.length > 1) {
      shorter = { ...shorter, alerts: shorter.alerts.slice(0, Math.floor(shorter.alerts.length / 2)) };
    } else if (shorter.context) shorter = { ...shorter, context: null };
    else return text;
  }
}

function bodyOf(whole: Page, page: Page, title: string): string {
  const leftOut = {
    alerts: whole.alerts.length - page.alerts.length,
    context: whole.context !== null && page.context === null,
  };
  const body: WebhookBody = { version: 1, title, page, leftOut };
  return JSON.stringify(body, (_key, value) => (typeof value === 'string' ? value.toWellFormed() : value));
}

/**
 * `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 with the sink's key over the time, a dot and the body as it was sent. A
 * receiver computes the same, compares in constant time, and refuses what is older than some minutes.
 */
export function signature(body: string, key: string, now: Date): string {
  const t = Math.floor(now.getTime() / 1_000);
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`;
}
