import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import {
  databaseRunbook,
  linkedRunbook,
  runbookIn,
  runbookOfCondition,
  runbookOfTag,
} from '../../../../../functions/alarm-fanout/classify/runbook.ts';
import { classify } from '../../../../../functions/alarm-fanout/classify.ts';
import { normalise } from '../../../../../functions/alarm-fanout/normalise/normalise.ts';
import { stageSchema } from '../../../../../shared/config/schema.ts';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';
import { alarmsInput } from '../../../../support/alarms-input.ts';
import { stageInput } from '../../../../support/stage-config.ts';

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

test('what RDS tells leads to its section, each of which is there', async () => {
  const page = await readFile(databaseRunbook, 'utf8');
  for (const [condition, section] of [
    ['storage-full', 'free-storage'],
    ['not-running', 'down'],
    ['burst-credits-low', 'disk-queue'],
    ['memory-low', 'memory'],
    ['not-replicating', 'replica-lag'],
    ['proxy-throttled', 'connections'],
  ] as const) {
    expect(runbookOfCondition(condition)).toBe(`${databaseRunbook}#${section}`);
    expect(page).toContain(`\n## ${section}\n`);
  }
  expect(runbookOfCondition('not-backed-up')).toBe(databaseRunbook);
});

test('pages of the project become links where the config says where they lie; others stay as they are', () => {
  const base = 'https://git.example/nightshift/blob/main/';
  expect(linkedRunbook('docs/runbooks/restore.md#a', base)).toBe(
    'https://git.example/nightshift/blob/main/docs/runbooks/restore.md#a',
  );
  expect(linkedRunbook('https://wiki.example/db', base)).toBe('https://wiki.example/db');
  expect(linkedRunbook(null, base)).toBeNull();
  const config = stageSchema.parse({ ...stageInput, alarms: { ...alarmsInput, runbookBase: base } });
  const [observed] = normalise({
    body: JSON.stringify(sample('eventbridge-metric')),
    attributes: {},
    sentAt: null,
  });
  if (observed?.kind !== 'alarm') throw new Error('It is no alarm.');
  expect(classify(observed, { stage: 'prod', config }).runbook).toBe(
    'https://git.example/nightshift/blob/main/docs/runbooks/database-alarms.md#cpu',
  );
});
