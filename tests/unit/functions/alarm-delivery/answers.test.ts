import { describe, expect, test } from '@jest/globals';
import { conceal } from '../../../../functions/alarm-delivery/conceal.ts';
import { judge } from '../../../../functions/alarm-delivery/judge.ts';
import type { Answer } from '../../../../functions/alarm-delivery/post.ts';
import { retryAfterSeconds, waitSeconds } from '../../../../functions/alarm-delivery/retry-after.ts';
import { judgePagerDuty } from '../../../../functions/alarm-delivery/sinks/pagerduty-answer.ts';
import { judgeSlackBot, judgeSlackWebhook } from '../../../../functions/alarm-delivery/sinks/slack-answer.ts';
import { judgeTeams } from '../../../../functions/alarm-delivery/sinks/teams-answer.ts';
import { mostReceives } from '../../../../shared/alarm/most-receives.ts';

const now = new Date('2026-11-21T10:00:00.000Z');
const answered = (status: number, text = '', retryAfter: string | null = null): Answer => ({
  kind: 'answered',
  status,
  text,
  retryAfter,
});

describe('a status', () => {
  test.each([200, 201, 202, 204])('%i is taken', (status) => {
    expect(judge(answered(status), now)).toMatchObject({ kind: 'delivered', answer: { status } });
  });
  test.each([408, 425, 429, 500, 502, 503, 504, 529])('%i passes', (status) => {
    expect(judge(answered(status, '', '7'), now)).toEqual({
      kind: 'later',
      reason: `it answered ${status}`,
      waitSeconds: 7,
    });
  });
  test.each([
    [301, 'other'],
    [400, 'form'],
    [401, 'sender'],
    [403, 'sender'],
    [404, 'sender'],
    [405, 'other'],
    [410, 'sender'],
    [413, 'form'],
    [451, 'other'],
  ])('%i is a refusal about %s', (status, minds) => {
    expect(judge(answered(status), now)).toMatchObject({ kind: 'refused', minds });
  });
  test('no answer passes', () => {
    expect(judge({ kind: 'unanswered', reason: 'no answer within 10 s' }, now)).toMatchObject({
      kind: 'later',
    });
  });
});

describe('Retry-After', () => {
  test.each([
    ['30', 30],
    [' 30 ', 30],
    ['0', 1],
    ['Sat, 21 Nov 2026 10:02:00 GMT', 120],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 1],
    ['999999999', 39_600],
    ['99999999999999999999', 39_600],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 39_600],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['2026', 2_026],
    ['tomorrow GMT', null],
    ['', null],
    [null, null],
  ])('%s is %s seconds', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });

  test('without one, each wait is twice the last, up to ten minutes, and spread', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempts) => waitSeconds(null, attempts, 0));
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    expect(waitSeconds(null, 1, 0.99)).toBe(8);
    expect(waitSeconds(45, 3, 0.5)).toBe(45);
    expect(waitSeconds(39_600, 200, 0)).toBe(39_600);
  });

  test('a second, asked for again and again, does not use up the tries of a queue within hours', () => {
    const waits = Array.from({ length: mostReceives }, (_, attempt) => waitSeconds(1, attempt + 1, 0.99));
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 7]);
    expect(waits.reduce((sum, seconds) => sum + seconds)).toBeGreaterThan(24 * 3_600 * 0.75);
  });
});

describe("Slack's words", () => {
  test('are quoted from a webhook, where they are a word', () => {
    expect(judgeSlackWebhook(answered(404, 'no_service'), now)).toMatchObject({
      reason: 'it answered 404 (no_service)',
    });
    expect(judgeSlackWebhook(answered(404, '<html>'), now)).toMatchObject({ reason: 'it answered 404' });
  });
  test.each([
    ['{"ok":true,"ts":"1795.0001"}', { kind: 'delivered', answer: { status: 200, ts: '1795.0001' } }],
    ['{"ok":true}', { kind: 'delivered', answer: { ts: null } }],
    ['{"ok":false,"error":"ratelimited"}', { kind: 'later' }],
    ['{"ok":false,"error":"internal_error"}', { kind: 'later' }],
    ['{"ok":false,"error":"invalid_auth"}', { kind: 'refused', minds: 'sender' }],
    ['{"ok":false,"error":"channel_not_found"}', { kind: 'refused', minds: 'other' }],
    ['{"ok":false,"error":"msg_blocks_too_long"}', { kind: 'refused', minds: 'form' }],
    ['{"ok":false,"error":"thread_not_found"}', { kind: 'refused', minds: 'thread' }],
    ['{"ok":false}', { kind: 'refused', reason: 'it answered an error without a name' }],
    ['', { kind: 'later' }],
    ['null', { kind: 'later' }],
    ['{"ok":tr', { kind: 'later' }],
    ['{"ok":false,"error":"invalid_auth","message":{"te', { kind: 'later' }],
    [
      '{"ok":true,"channel":"C1","ts":"1795.0001","message":{"te',
      { kind: 'delivered', answer: { ts: '1795.0001' } },
    ],
  ])('of chat.postMessage: %s', (text, verdict) => {
    expect(judgeSlackBot(answered(200, text), now)).toMatchObject(verdict);
  });
});

describe('a success that is none', () => {
  const refusedBy = (minds: string) => ({ kind: 'refused', minds });
  test.each([
    ['ok', { kind: 'delivered' }],
    ['', { kind: 'delivered' }],
    ['{"ok":true}', { kind: 'delivered' }],
    ['{"ok":false,"error":"ratelimited"}', { kind: 'later' }],
    ['{"ok":false,"error":"invalid_auth"}', refusedBy('sender')],
    ['invalid_blocks', refusedBy('form')],
    ['channel_is_archived', refusedBy('other')],
    [' <!DOCTYPE html><title>Sign in</title>', { kind: 'later' }],
  ])('of a webhook of Slack: %s', (text, verdict) => {
    expect(judgeSlackWebhook(answered(200, text), now)).toMatchObject(verdict);
  });

  const failed = 'Webhook message delivery failed with error:';
  test.each([
    ['1', { kind: 'delivered' }],
    ['', { kind: 'delivered' }],
    [
      `${failed} Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0,server=x`,
      { kind: 'later', reason: 'it answered 429' },
    ],
    [`${failed} Microsoft Teams endpoint returned HTTP error 413 with ContextId`, refusedBy('form')],
    [`${failed} Microsoft Teams endpoint returned HTTP error 404 with ContextId`, refusedBy('sender')],
    [`${failed} Error contacting Microsoft Teams endpoint`, { kind: 'later' }],
    ['{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"…"}}', refusedBy('form')],
  ])('of Teams: %s', (text, verdict) => {
    expect(judgeTeams(answered(200, text), now)).toMatchObject(verdict);
  });

  test.each([
    [202, '{"status":"success","message":"Event processed","dedup_key":"x"}', { kind: 'delivered' }],
    [202, '', { kind: 'delivered' }],
    [200, '{"status":"success","message":"Event processed"}', { kind: 'delivered' }],
    [202, '{"status":"invalid event","message":"Event object is invalid"}', refusedBy('form')],
    [202, '{"status":"invalid event","message":"no","errors":["Invalid routing key"]}', refusedBy('sender')],
    [200, '<html>Sign in</html>', { kind: 'later' }],
    [202, '<html>Sign in</html>', { kind: 'later' }],
    [200, '{"result":"queued"}', { kind: 'delivered' }],
    [202, '{"status":"success","mess', { kind: 'delivered' }],
    [200, '{"status":"error"}', refusedBy('form')],
    [400, 'Invalid routing key', refusedBy('sender')],
    [400, '{"status":"invalid event","message":"Event object is invalid"}', refusedBy('form')],
  ])('of PagerDuty: %i %s', (status, text, verdict) => {
    expect(judgePagerDuty(answered(status, text), now)).toMatchObject(verdict);
  });
});

test("PagerDuty's and Teams' words are quoted where they are theirs", () => {
  const said =
    '{"status":"invalid event","message":"Event object is invalid","errors":["\'x\' is too long"]}';
  expect(judgePagerDuty(answered(400, said), now)).toMatchObject({
    reason: "it answered 400 (Event object is invalid; 'x' is too long)",
  });
  expect(judgePagerDuty(answered(400, '["no"]'), now)).toMatchObject({ reason: 'it answered 400' });
  expect(judgeTeams(answered(404, '{"error":{"code":"WorkflowNotFound"}}'), now)).toMatchObject({
    reason: 'it answered 404 (WorkflowNotFound)',
  });
  expect(judgeTeams(answered(404, '{"error":{"code":"see https://…"}}'), now)).toMatchObject({
    reason: 'it answered 404',
  });
});

test('a secret, or a part of it, is concealed', () => {
  const secret = 'https://hooks.example.com/services/T00000000/abcdefghijkl';
  expect(conceal('no abcdefghijkl here', secret)).toBe('no [secret] here');
  expect(conceal(`at ${secret}`, secret)).toBe('at [secret]');
  expect(conceal('it answered 404', secret)).toBe('it answered 404');
});
