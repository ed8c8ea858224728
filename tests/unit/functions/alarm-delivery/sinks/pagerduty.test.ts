import { expect, test } from '@jest/globals';
import { pagerDutyEvent } from '../../../../../functions/alarm-delivery/sinks/pagerduty.ts';
import { wordsOf } from '../../../../../functions/alarm-delivery/words.ts';
import { pageMaker } from '../../../../support/alarm-pages.ts';

test('the summary is the title and what it says, one sentence after the other', () => {
  const page = pageMaker()({ note: 'It changed 7 times within 30 minutes.' });
  const event = pagerDutyEvent(page, wordsOf(page), 'k'.repeat(32));
  const summary = JSON.stringify(event);
  expect(summary).toContain('It changed 7 times within 30 minutes.');
  expect(summary).not.toContain('..');
});
