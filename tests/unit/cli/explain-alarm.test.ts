import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { describeExplained, explainEvent } from '../../../cli/explain-alarm.ts';
import { alarmsInput } from '../../support/alarms-input.ts';
import { deployed, drilledInput } from '../../support/deployed-stage.ts';

const now = new Date('2026-01-02T17:05:00.000Z');
const { sinks, routes } = alarmsInput;

/** A stage "test" that watches what else is asked for. */
function explain(event: object, watch: string[] = [], more: object = {}) {
  const deployment = deployed({ menotime: drilledInput }, { alarms: { sinks, routes, watch, ...more } });
  const { alarms } = deployment.config;
  if (!alarms) throw new Error('The stage has no alarms.');
  return explainEvent(event, { deployment, alarms, now }).map(describeExplained).join('\n');
}

const sample = (name: string, from = '', to = ''): object =>
  JSON.parse(
    readFileSync(new URL(`../../../events/alarm-fanout.${name}.json`, import.meta.url), 'utf8').replaceAll(
      from || '\u0000',
      to,
    ),
  );

describe('an event', () => {
  test('that a rule lets in goes where its route says', () => {
    const event = sample('eventbridge-metric', 'nightshift-prod-', 'nightshift-test-');
    expect(explain(event)).toContain('\n  It goes to chat: route 2 of the config.\n');
    expect(explain(sample('rds-0087-stopped'))).toContain('\n  It goes to on-call, chat: route 1');
  });

  test('of an alarm that nobody watches never comes; watched, it does', () => {
    const event = sample('eventbridge-anomaly');
    expect(explain(event)).toMatch(
      /It never comes: no rule .* nightshift-test- or fits "watch" .*\n {2}If it came: it goes to chat/,
    );
    expect(explain(event, ['menotime *'])).toContain('\n  It goes to chat: route 2');
  });

  test('of another account, or of an instance that the config does not have, never comes', () => {
    expect(explain(sample('rds-0087-stopped', '111122223333', '999988887777'))).toContain(
      'It never comes: it is of the account 999988887777',
    );
    expect(explain(sample('rds-0087-stopped', 'menotime-prod', 'shop-prod'))).toContain(
      'It never comes: no rule of the stage lets it in. Those are let in that are of an instance',
    );
  });

  test('that an alarm’s own action or a topic brings is its sender’s matter', () => {
    for (const name of ['action-metric', 'sns-metric', 'sqs-eventbridge'])
      expect(explain(sample(name))).toContain('\n  It goes to chat: route 2');
  });
});

test('a recovery goes to those who were told of its alarm', () => {
  const event = sample('eventbridge-metric-ok', 'nightshift-prod-', 'nightshift-test-');
  expect(explain(event)).toContain('It goes to chat, who were told of the alarm: it is over.');
});

test('a failed run that came raw counts as sent now', () => {
  expect(explain(sample('sqs-run-failed-raw'))).toContain('It goes to chat: route 2');
});

test('what the config silences is held back, with its reason', () => {
  const silences = [{ until: '2026-01-03T00:00:00Z', why: 'the move' }];
  const event = sample('eventbridge-metric', 'nightshift-prod-', 'nightshift-test-');
  expect(explain(event, [], { silences })).toContain(
    'It is held back: silenced until 2026-01-03T00:00:00Z: the move.',
  );
});

test('nothing in an event is obeyed by a terminal', () => {
  const name = 'nightshift-test-\u001b[2J\u202eevil\nIt goes to nobody';
  const said = explain(
    sample('eventbridge-metric', 'nightshift-prod-menotime-cpu', JSON.stringify(name).slice(1, -1)),
  );
  expect(said.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(said.split('\n')).toHaveLength(3);
});

test('an order is no alarm', () => {
  expect(explain(sample('trigger-tick'))).toBe('It orders a tick, and is no alarm.');
});
