import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Page } from '../../shared/alarm/page.ts';
import { type FakeReply, type FakeRequest, type HttpFake, startHttpFake } from './http-fake.ts';
import {
  pagerDutyForm,
  pagerDutyMostBytes,
  slackBotForm,
  slackWebhookForm,
  teamsForm,
  teamsMostBytes,
} from './sink-forms.ts';

export type { Misbehaviour } from './http-fake.ts';

/** A sink as a real server: validates what it gets as the service documents it, remembers it, and misbehaves on demand. */
export interface FakeSink<Taken> extends HttpFake {
  /** What the sink's secret must hold for pages to come here. */
  readonly secret: string;
  /** What it took, in the order in which it came. */
  readonly taken: readonly Taken[];
  /** What was wrong with what it refused. */
  readonly faults: readonly string[];
}

export type SlackTaken = ReturnType<typeof slackWebhookForm.parse>;
export interface SlackBotTaken extends ReturnType<typeof slackBotForm.parse> {
  readonly ts: string;
}
export type TeamsTaken = ReturnType<typeof teamsForm.parse>;
export type PagerDutyTaken = ReturnType<typeof pagerDutyForm.parse>;
export interface WebhookTaken {
  readonly version: 1;
  readonly title: string;
  readonly page: Page;
}

interface Parser<T> {
  parse(value: unknown): T;
}

/** Runs `take` with the body as `form` reads it; what does not fit is kept as a fault, and `refuse` answers. */
function validated<T>(
  { body }: FakeRequest,
  form: Parser<T>,
  faults: string[],
  { take, refuse }: { readonly take: (value: T) => FakeReply; readonly refuse: () => FakeReply },
): FakeReply {
  let value: T;
  try {
    value = form.parse(JSON.parse(body));
  } catch (error) {
    faults.push((error as Error).message);
    return refuse();
  }
  return take(value);
}

const text = (status: number, body: string): FakeReply => ({ status, body });
const json = (status: number, body: object): FakeReply => ({ status, body: JSON.stringify(body) });

/** An incoming webhook of Slack. */
export async function startSlackWebhook(): Promise<FakeSink<SlackTaken>> {
  const path = `/services/T0000/B0000/${randomBytes(12).toString('hex')}`;
  const taken: SlackTaken[] = [];
  const faults: string[] = [];
  const fake = await startHttpFake((request) => {
    if (request.path !== path) return text(404, 'no_service');
    return validated(request, slackWebhookForm, faults, {
      take: (message) => {
        taken.push(message);
        return text(200, 'ok');
      },
      refuse: () => text(400, 'invalid_blocks'),
    });
  });
  return { ...fake, secret: `${fake.origin}${path}`, taken, faults };
}

export interface FakeSlackBot extends FakeSink<SlackBotTaken> {
  /** For the sink's config. */
  readonly endpoint: string;
  readonly channel: string;
}

/** chat.postMessage, in one channel and for one token; answers go to messages that it has taken. */
export async function startSlackBot(): Promise<FakeSlackBot> {
  const secret = `xoxb-${randomBytes(16).toString('hex')}`;
  const channel = 'C0ALARMS';
  const taken: SlackBotTaken[] = [];
  const faults: string[] = [];
  const refuse = (error: string) => json(200, { ok: false, error });
  const fake = await startHttpFake((request) => {
    if (request.headers.authorization !== `Bearer ${secret}`) return refuse('invalid_auth');
    return validated(request, slackBotForm, faults, {
      take: (message) => {
        if (message.channel !== channel) return refuse('channel_not_found');
        const root = message.thread_ts;
        if (root !== undefined && !taken.some(({ ts }) => ts === root)) return refuse('thread_not_found');
        const ts = `1795000000.${String(taken.length + 1).padStart(6, '0')}`;
        taken.push({ ...message, ts });
        return json(200, { ok: true, channel, ts });
      },
      refuse: () => refuse('invalid_blocks'),
    });
  });
  const endpoint = `${fake.origin}/api/chat.postMessage`;
  return { ...fake, secret, endpoint, channel, taken, faults };
}

/** A workflow's webhook of Teams: 202 whatever it gets, and silence about cards that it cannot show. */
export async function startTeams(): Promise<FakeSink<TeamsTaken>> {
  const path = `/workflows/${randomBytes(12).toString('hex')}/triggers/manual?sig=${randomBytes(16).toString('hex')}`;
  const taken: TeamsTaken[] = [];
  const faults: string[] = [];
  const fake = await startHttpFake((request) => {
    if (request.path !== path) return json(401, { error: { code: 'DirectApiAuthorizationRequired' } });
    if (Buffer.byteLength(request.body) > teamsMostBytes) faults.push('larger than 28 KB');
    return validated(request, teamsForm, faults, {
      take: (message) => {
        taken.push(message);
        return text(202, '');
      },
      refuse: () => text(202, ''),
    });
  });
  return { ...fake, secret: `${fake.origin}${path}`, taken, faults };
}

/** What PagerDuty knows under one key: a trigger after a resolve opens another incident. */
export interface PagerDutyIncident {
  isOpen: boolean;
  opened: number;
  triggers: number;
  resolves: number;
}

export interface FakePagerDuty extends FakeSink<PagerDutyTaken> {
  /** For the sink's config. */
  readonly endpoint: string;
  /** By dedup_key. */
  readonly incidents: ReadonlyMap<string, PagerDutyIncident>;
}

/** The Events API, version 2, of one service. */
export async function startPagerDuty(): Promise<FakePagerDuty> {
  const secret = randomBytes(16).toString('hex');
  const taken: PagerDutyTaken[] = [];
  const faults: string[] = [];
  const incidents = new Map<string, PagerDutyIncident>();
  const invalid = (error: string) =>
    json(400, { status: 'invalid event', message: 'Event object is invalid', errors: [error] });
  const fake = await startHttpFake((request) => {
    if (Buffer.byteLength(request.body) > pagerDutyMostBytes) faults.push('larger than 512 KB');
    return validated(request, pagerDutyForm, faults, {
      take: (event) => {
        if (event.routing_key !== secret) return invalid("'routing_key' is invalid");
        taken.push(event);
        note(incidents, event);
        return json(202, { status: 'success', message: 'Event processed', dedup_key: event.dedup_key });
      },
      refuse: () => invalid('the form'),
    });
  });
  return { ...fake, secret, endpoint: `${fake.origin}/v2/enqueue`, taken, faults, incidents };
}

function note(incidents: Map<string, PagerDutyIncident>, { event_action, dedup_key }: PagerDutyTaken): void {
  const known = incidents.get(dedup_key);
  if (event_action === 'resolve') {
    if (!known) return;
    known.resolves++;
    known.isOpen = false;
    return;
  }
  const incident = known ?? { isOpen: false, opened: 0, triggers: 0, resolves: 0 };
  incident.triggers++;
  if (!incident.isOpen) incident.opened++;
  incident.isOpen = true;
  incidents.set(dedup_key, incident);
}

/** A receiver of signed pages, written from the documentation for receivers. */
export async function startWebhook(): Promise<FakeSink<WebhookTaken>> {
  const key = randomBytes(24).toString('base64url');
  const path = `/hooks/${randomBytes(12).toString('hex')}`;
  const taken: WebhookTaken[] = [];
  const faults: string[] = [];
  const fake = await startHttpFake((request) => {
    if (request.path !== path) return text(404, 'not found');
    if (!isSigned(request, key)) {
      faults.push('a signature that does not fit');
      return text(401, 'who are you?');
    }
    taken.push(JSON.parse(request.body) as WebhookTaken);
    return text(200, 'thanks');
  });
  const secret = JSON.stringify({ url: `${fake.origin}${path}`, key });
  return { ...fake, secret, taken, faults };
}

function isSigned({ headers, body }: FakeRequest, key: string): boolean {
  const header = String(headers['x-nightshift-signature'] ?? '');
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const expected = createHmac('sha256', key).update(`${t}.${body}`).digest();
  const given = Buffer.from(v1, 'hex');
  const isRecent = Math.abs(Date.now() / 1_000 - Number(t)) < 300;
  return isRecent && given.length === expected.length && timingSafeEqual(given, expected);
}
