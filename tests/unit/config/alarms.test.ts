import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/define.ts';
import { stageSchema } from '../../../shared/config/schema.ts';
import { alarmsInput } from '../../support/alarms-input.ts';
import { stageInput } from '../../support/stage-config.ts';

const parse = (more: object) =>
  parseConfig({ stages: { prod: { ...stageInput, ...more } } }, 'nightshift.config.ts');

describe('who hears when the way of alarms fails', () => {
  test('must be said with "alarms": an address, or that there is somebody', () => {
    expect(() => parse({ alarms: alarmsInput })).toThrow(
      /stages\.prod\.alertEmail: nobody would hear .*alertEmail: 'database-on-call@example\.org', or alertEmail: null/,
    );
    for (const alertEmail of ['database-on-call@menotime.example', null])
      expect(parse({ alarms: alarmsInput, alertEmail }).stages.prod?.alertEmail).toBe(alertEmail);
  });

  test('need not be said without "alarms"', () => {
    expect(parse({}).stages.prod?.alertEmail).toBeUndefined();
  });

  test('is told together with the other faults, and no function that runs asks again', () => {
    expect(() => parse({ alarms: alarmsInput, account: 1 })).toThrow(
      /stages\.prod\.account: [\s\S]*stages\.prod\.alertEmail: nobody would hear/,
    );
    expect(stageSchema.parse({ ...stageInput, alarms: alarmsInput }).alertEmail).toBeUndefined();
  });
});

test('runbooks are linked to over https alone', () => {
  const withBase = (runbookBase: string) =>
    parse({ alarms: { ...alarmsInput, runbookBase }, alertEmail: null });
  expect(() => withBase('https://git.example/nightshift/blob/main')).not.toThrow();
  for (const base of ['http://git.example', 'docs', 'javascript:alert(1)'])
    expect(() => withBase(base)).toThrow(/alarms\.runbookBase: an address that begins with https/);
});

test('a secret itself is refused in the place of its name, and not repeated', () => {
  const withSink = (sink: object) => () =>
    parse({ alarms: { sinks: { one: sink }, routes: [{ to: ['one'] }] }, alertEmail: null });
  for (const sink of [
    { kind: 'slack', secret: 'https://hooks.slack.com/services/T0/B0/XXXX' },
    { kind: 'slack-bot', secret: 'xoxb-1-XXXX', channel: 'C1' },
    { kind: 'webhook', secret: '{"url":"https://a.example","key":"XXXX"}' },
    { kind: 'pagerduty', secret: 'XXXX0123456789abcdef0123456789ab' },
  ]) {
    expect(withSink(sink)).toThrow(/sinks\.one\.secret: this looks like the secret itself/);
    expect(withSink(sink)).not.toThrow(/XXXX/);
  }
  for (const secret of ['nightshift/slack-webhook', 'ssm:/alarms/bot', 'arn:aws:secretsmanager:x'])
    expect(withSink({ kind: 'slack', secret })).not.toThrow();
});
