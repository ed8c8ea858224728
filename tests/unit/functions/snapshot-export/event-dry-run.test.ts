import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { interpretEvent, parseEvent } from '../../../../functions/snapshot-export/event.ts';
import { readStage } from '../../../../infra/build/stage.ts';

const files = ['by-hand', 'schedule', 'rds-event-0091'];

test.each(files)('%s: with "dryRun" it asks for the plan alone, without it for the run', async (name) => {
  const event = JSON.parse(await readFile(`events/snapshot-export.${name}.json`, 'utf8'));
  const config = await readStage({ stage: 'prod', configFile: 'nightshift.config.ts' });
  const now = new Date('2026-01-02T04:00:00Z');
  expect(interpretEvent(parseEvent(event), config, now).dryRun).toBe(false);
  expect(interpretEvent(parseEvent({ ...event, dryRun: true }), config, now).dryRun).toBe(true);
});
