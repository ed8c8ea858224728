import { expect, test } from '@jest/globals';
import { describeSinkMessage, slackLines } from '../../../cli/show-sink-message.ts';
import { pagerDutyEvent } from '../../../functions/alarm-delivery/sinks/pagerduty.ts';
import { slackMessage } from '../../../functions/alarm-delivery/sinks/slack.ts';
import { teamsMessage } from '../../../functions/alarm-delivery/sinks/teams.ts';
import type { Telling } from '../../../functions/alarm-delivery/telling.ts';
import type { Page } from '../../../shared/alarm/page.ts';
import type { SinkKind } from '../../../shared/config/schema.ts';
import { alert } from '../../support/alarm-fixtures.ts';

const telling: Telling = {
  mood: 'critical',
  title: 'CRITICAL: connections < many & more',
  paragraphs: ['12 over 10'],
  facts: [{ label: 'Database', value: 'menotime' }],
  sections: [{ heading: 'Who holds connections', lines: ['SELECT 1', 'SELECT 2'], code: true }],
  links: [{ text: 'Runbook', url: 'https://example.org/runbook' }],
  pictureUrl: 'https://bucket.example/pictures/a.png?X-Amz-Signature=0123',
  footer: 'Nightshift, stage demo.',
};
const page: Page = {
  version: 1,
  id: 'p',
  kind: 'alarm',
  stage: 'demo',
  severity: 'critical',
  database: 'menotime',
  at: alert.at,
  sinks: ['pager'],
  incident: 'arn:one',
  effect: 'opens',
  alerts: [alert],
  counts: null,
  note: null,
  context: null,
};
const came = (kind: SinkKind, body: unknown) => describeSinkMessage({ sink: 'it', kind, at: alert.at, body });

test('a message of Slack’s is shown line by line, without markup, escapes and the signature of a picture', () => {
  expect(slackLines(slackMessage(telling))).toEqual([
    '🔴 CRITICAL: connections < many & more',
    '',
    '12 over 10',
    'Database: menotime',
    '',
    'Runbook: https://example.org/runbook',
    '',
    '[The metric of the last hours: /pictures/a.png]',
    '',
    'Who holds connections',
    'SELECT 1',
    'SELECT 2',
    '',
    'Nightshift, stage demo.',
  ]);
});

test('in one line, what came is told by its title, and by what becomes of an incident', () => {
  const key = 'a'.repeat(32);
  expect(came('slack', slackMessage(telling))).toBe(
    'it (slack): CRITICAL: connections < many & more. 12 over 10',
  );
  expect(came('teams', teamsMessage(telling))).toBe('it (teams): CRITICAL: connections < many & more');
  expect(came('webhook', { title: 'T' })).toBe('it (webhook): T');
  expect(came('email', { subject: 'S', text: 'a\nb' })).toBe('it (email): S');
  expect(came('pagerduty', pagerDutyEvent(page, telling, key))).toMatch(
    /^it \(pagerduty\): opens the incident arn:one: CRITICAL: /,
  );
  const over = pagerDutyEvent({ ...page, effect: 'resolves' }, telling, key);
  expect(came('pagerduty', over)).toBe('it (pagerduty): resolves the incident arn:one');
});
