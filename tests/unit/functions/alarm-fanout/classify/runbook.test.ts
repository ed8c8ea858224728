import { expect, test } from '@jest/globals';
import { runbookIn, runbookOfTag } from '../../../../../functions/alarm-fanout/classify/runbook.ts';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';

test.each([
  ['See https://wiki.example/db#cpu.', 'https://wiki.example/db#cpu'],
  ['(https://wiki.example/db)', 'https://wiki.example/db'],
  ['Graph: https://graph.example/1 Runbook: https://wiki.example/db', 'https://wiki.example/db'],
  ['over 80 %; see docs/runbooks/database-alarms.md#cpu, please', 'docs/runbooks/database-alarms.md#cpu'],
  ['Runbook <https://wiki.example/db|here>', 'https://wiki.example/db'],
  ['no link', null],
  ['javascript:alert(1)', null],
  ['docs/runbooks/../../etc/passwd.md', null],
  [null, null],
])('in %j it is %j', (description, runbook) => {
  expect(runbookIn(description)).toBe(runbook);
});

test('a tag is one where it is a link or a page of the project', () => {
  expect(runbookOfTag('https://wiki.example/db')).toBe('https://wiki.example/db');
  expect(runbookOfTag('docs/runbooks/restore.md')).toBe('docs/runbooks/restore.md');
  expect(runbookOfTag('ask Ann')).toBeNull();
  expect(runbookOfTag(undefined)).toBeNull();
});

test('the description goes before the tag, and that before what is usual for a database', () => {
  const tags = { 'nightshift:runbook': 'https://wiki.example/tag' };
  expect(alertsOf(sample('eventbridge-metric'), tags)[0]?.runbook).toBe(
    'docs/runbooks/database-alarms.md#cpu',
  );
  expect(alertsOf(sample('eventbridge-metric-muted'), tags)[0]?.runbook).toBe('https://wiki.example/tag');
  expect(alertsOf(sample('eventbridge-metric-muted'))[0]?.runbook).toBe('docs/runbooks/database-alarms.md');
});
