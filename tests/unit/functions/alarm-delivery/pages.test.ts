import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { parsePage } from '../../../../functions/alarm-delivery/event.ts';
import { receiptKey } from '../../../../functions/alarm-delivery/receipt.ts';
import { dedupKey } from '../../../../functions/alarm-delivery/sinks/pagerduty.ts';
import {
  addressIn,
  routingKeyIn,
  signedAddressIn,
  tokenIn,
} from '../../../../functions/alarm-delivery/sinks/secret.ts';
import { signature } from '../../../../functions/alarm-delivery/sinks/webhook.ts';
import { fallbackOf, isOverdue, undeliveredPage } from '../../../../functions/alarm-delivery/undelivered.ts';
import { alarms } from '../../../../shared/config/alarms.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { alarmPage, digestPage, hostilePage } from '../../../support/alarm-pages.ts';

describe('a message', () => {
  test('of the samples is a page', async () => {
    const { Records } = JSON.parse(await readFile('events/alarm-delivery.sqs-page.json', 'utf8')) as SQSEvent;
    expect(Records.map(({ body }) => parsePage(body))).toEqual([alarmPage]);
  });
  test('is read as the page that it is, whatever a newer maker adds', () => {
    for (const page of [alarmPage, digestPage(3)]) expect(parsePage(JSON.stringify(page))).toEqual(page);
    expect(parsePage(JSON.stringify({ ...alarmPage, colour: 'red' }))).toEqual(alarmPage);
    fc.assert(
      fc.property(hostilePage, (page) =>
        expect(parsePage(JSON.stringify(page))).toMatchObject({ id: page.id }),
      ),
      { numRuns: 20 },
    );
  });
  test('that is no page is refused, with what is wrong and without quoting it', () => {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '{"version":2}',
      JSON.stringify({ ...alarmPage, version: 2 }),
      JSON.stringify({ ...alarmPage, alerts: 'x' }),
    ]) {
      expect(() => parsePage(body)).toThrow(EventRefusedError);
    }
    const body = JSON.stringify({ ...alarmPage, severity: 'a secret word' });
    expect(() => parsePage(body)).toThrow(/severity/);
    expect(() => parsePage(body)).not.toThrow(/a secret word/);
    expect(() => parsePage('a secret word')).not.toThrow(/a secret word/);
  });
});

describe('what a sink did not take', () => {
  const now = new Date('2026-11-21T10:10:00.000Z');
  test('is another page of the same alarms and incident, the same however often it is told', () => {
    const page = undeliveredPage({ page: alarmPage, sink: 'chat', reason: 'it answered 404', now }, 'pager');
    expect(page).toMatchObject({
      kind: 'undelivered',
      sinks: ['pager'],
      incident: alarmPage.incident,
      effect: 'opens',
      note: 'The sink chat did not take this: it answered 404.',
    });
    expect(page.id).toMatch(/^[0-9a-f]{32}$/);
    expect(
      undeliveredPage({ page: alarmPage, sink: 'chat', reason: 'other', now: new Date() }, 'pager').id,
    ).toBe(page.id);
    expect(undeliveredPage({ page: alarmPage, sink: 'bot', reason: 'other', now }, 'pager').id).not.toBe(
      page.id,
    );
  });
  test('goes to the fallback, unless that is what failed', () => {
    expect(fallbackOf({ fallback: 'pager' }, 'chat')).toBe('pager');
    expect(fallbackOf({ fallback: 'pager' }, 'pager')).toBeNull();
    expect(fallbackOf({}, 'chat')).toBeNull();
  });
  test('is overdue when its next try would come too late', () => {
    const waiting = { now, fallbackAfterMinutes: 10 };
    const page = { at: '2026-11-21T10:05:00.000Z' };
    expect(isOverdue(page, { ...waiting, waitSeconds: 60 })).toBe(false);
    expect(isOverdue(page, { ...waiting, waitSeconds: 300 })).toBe(true);
    expect(isOverdue({ at: '2026-11-21T09:59:00.000Z' }, { ...waiting, waitSeconds: 1 })).toBe(true);
  });
});

test("a receipt's place follows from the page alone", () => {
  expect(receiptKey(alarmPage, 'chat')).toBe(
    'runs/alarm-delivery/chat/2026-11-21/0123456789abcdef0123456789abcdef.json',
  );
  expect(receiptKey({ ...alarmPage, id: '../../x' }, 'chat')).toMatch(
    /^runs\/alarm-delivery\/chat\/2026-11-21\/[0-9a-f]{64}\.json$/,
  );
});

test("an incident's key is PagerDuty's where it fits, else a hash", () => {
  expect(dedupKey(alarmPage.incident)).toBe(alarmPage.incident);
  expect(dedupKey('x'.repeat(255))).toHaveLength(255);
  for (const long of ['x'.repeat(256), 'arn:Zürich', 'two words'])
    expect(dedupKey(long)).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test('a signature is what the documentation says', () => {
  // echo -n '1795255200.{"a":1}' | openssl dgst -sha256 -hmac key
  expect(signature('{"a":1}', 'key', new Date('2026-11-21T10:00:00.700Z'))).toBe(
    't=1795255200,v1=1fb00f969ec5cbae664b48b69fd5a37cef3f939cece359305c86b5388ccd3fd7',
  );
});

describe('a secret', () => {
  test('that fits is read', () => {
    expect(addressIn(' https://hooks.slack.com/services/T/B/x\n')).toBe(
      'https://hooks.slack.com/services/T/B/x',
    );
    expect(addressIn('http://localhost:2772/hook')).toBe('http://localhost:2772/hook');
    expect(tokenIn('xoxb-1234567890\n')).toBe('xoxb-1234567890');
    expect(routingKeyIn('0123456789abcdef0123456789ABCDEF')).toHaveLength(32);
    expect(signedAddressIn('{"url":"https://a.example/","key":"k"}')).toEqual({
      url: 'https://a.example/',
      key: 'k',
    });
  });
  test.each([
    [addressIn, 'http://hooks.slack.com/services/T/B/x'],
    [addressIn, 'hooks.slack.com'],
    [tokenIn, 'xoxb-12 34\r\nHost: x'],
    [routingKeyIn, '0123'],
    [signedAddressIn, '{"url":"https://a.example/"}'],
    [signedAddressIn, 'https://a.example/'],
  ])('that does not is refused without being quoted', (read, secret) => {
    expect(() => read(secret)).toThrow(/does not hold what was expected/);
    expect(() => read(secret)).not.toThrow(secret);
  });
});

test('an address of its own must be safe to send to', () => {
  const config = (endpoint: string) => ({
    sinks: { pager: { kind: 'pagerduty', secret: 'x', endpoint } },
    routes: [{ to: ['pager'] }],
  });
  expect(alarms.safeParse(config('https://events.example.com/v2/enqueue')).success).toBe(true);
  expect(alarms.safeParse(config('http://127.0.0.1:8080/')).success).toBe(true);
  expect(alarms.safeParse(config('http://events.example.com/')).success).toBe(false);
  expect(alarms.safeParse(config('file:///etc/passwd')).success).toBe(false);
});
