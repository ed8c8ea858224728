import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SinkConfig } from '../../../shared/config/schema.ts';

/** What a sink's service is asked over HTTP. */
export interface SinkRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface SinkReply {
  readonly status: number;
  readonly body: string;
  /** What it took; undefined where it refuses. */
  readonly taken?: unknown;
}

/** The service that one sink of the config is sent to, as far as it must be there for a message to be delivered. */
export interface SinkService {
  /** What the sink's secret must hold for messages to come here. */
  readonly secret: string;
  /** For sinks that have the service's address in their config. */
  readonly endpoint: string | null;
  /** Throws where the body is not JSON. */
  answer(request: SinkRequest): SinkReply;
}

/** The service at an address of this machine that nobody else knows; null for a sink that AWS itself delivers to. */
export function sinkService({ kind }: SinkConfig, address: string): SinkService | null {
  switch (kind) {
    case 'slack':
      return { secret: address, endpoint: null, answer: ({ body }) => takes(body, 200, 'ok') };
    case 'teams':
      return { secret: address, endpoint: null, answer: ({ body }) => takes(body, 202, '') };
    case 'slack-bot':
      return slackBot(address);
    case 'pagerduty':
      return pagerDuty(address);
    case 'webhook':
      return webhook(address);
    case 'sns':
    case 'email':
      return null;
  }
}

function takes(body: string, status: number, answer: string): SinkReply {
  return { status, body: answer, taken: JSON.parse(body) };
}

function slackBot(endpoint: string): SinkService {
  const secret = `xoxb-${randomBytes(16).toString('hex')}`;
  let posted = 0;
  return {
    secret,
    endpoint,
    answer: ({ headers, body }) => {
      if (headers.authorization !== `Bearer ${secret}`)
        return { status: 200, body: JSON.stringify({ ok: false, error: 'invalid_auth' }) };
      posted += 1;
      const ts = `${Math.floor(Date.now() / 1_000)}.${String(posted).padStart(6, '0')}`;
      return takes(body, 200, JSON.stringify({ ok: true, ts }));
    },
  };
}

function pagerDuty(endpoint: string): SinkService {
  const secret = randomBytes(16).toString('hex');
  return {
    secret,
    endpoint,
    answer: ({ body }) => {
      const { routing_key, ...event } = JSON.parse(body) as Record<string, unknown>;
      if (routing_key !== secret) {
        const errors = ["'routing_key' is invalid"];
        const message = 'Event object is invalid';
        return { status: 400, body: JSON.stringify({ status: 'invalid event', message, errors }) };
      }
      const success = { status: 'success', message: 'Event processed', dedup_key: event.dedup_key };
      return { status: 202, body: JSON.stringify(success), taken: event };
    },
  };
}

function webhook(url: string): SinkService {
  const key = randomBytes(24).toString('base64url');
  return {
    secret: JSON.stringify({ url, key }),
    endpoint: null,
    answer: (request) =>
      isSigned(request, key)
        ? takes(request.body, 200, 'thanks')
        : { status: 401, body: 'the signature does not fit' },
  };
}

/** As a receiver checks it: not older than some minutes, and made with the key that both know. */
function isSigned({ headers, body }: SinkRequest, key: string): boolean {
  const header = String(headers['x-nightshift-signature'] ?? '');
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const expected = createHmac('sha256', key).update(`${t}.${body}`).digest();
  const given = Buffer.from(v1, 'hex');
  const isRecent = Math.abs(Date.now() / 1_000 - Number(t)) < 300;
  return isRecent && given.length === expected.length && timingSafeEqual(given, expected);
}
