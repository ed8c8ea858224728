import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpretEvent, parseEvent } from '../../../../functions/snapshot-export/event.ts';
import { handler } from '../../../../functions/snapshot-export/handler.ts';
import { withCheckpointServer } from '../../../../infra/local/lambda/durable-environment.ts';
import { runDurable } from '../../../../infra/local/lambda/run-durable.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { stageFiles } from '../../../../infra/local/stage-files.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const config = stageConfig();
let stack: LocalStack;

beforeAll(async () => {
  stack = await startStack();
  const files = await stageFiles({ folder: stack.folder, stage: 'prod', config, certificatePem: 'none' });
  Object.assign(process.env, stack.environment, files);
});
afterAll(() => stack.stop());

const example = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../../events/snapshot-export.${name}.json`, import.meta.url), 'utf8'),
  );

/** Mutations that leave an event good would start a whole run; they are shown elsewhere. */
function isRefused(raw: unknown): boolean {
  try {
    interpretEvent(parseEvent(raw), config, new Date());
    return false;
  } catch {
    // Which error it is, is what the test looks at.
    return true;
  }
}

/** The durable SDK prints each event into a text for its own log, and ends with a TypeError where that cannot be. */
function isPrintable(event: unknown): boolean {
  try {
    return `${event}`.length >= 0;
  } catch {
    // A key "toString" that is no function.
    return false;
  }
}

const good = ['schedule', 'by-hand', 'by-hand-labelled', 'by-hand-tables'].map(example);
const malformed = malformedEvents(good, example('rds-event-0091'))
  .map((event) => JSON.parse(JSON.stringify(event ?? null)))
  .filter((event) => isRefused(event) && isPrintable(event));

test(
  'the deployed handler refuses what cannot start a run, by name, and calls AWS not once',
  async () => {
    // One checkpoint server for all: each run of its own would leave a thread behind.
    await withCheckpointServer(async () => {
      for (const event of fc.sample(malformed, rounds(25, 2_000))) {
        const run = runDurable({ handler, event, functionName: 'snapshot-export', register: stack.endpoint });
        await expect(run).rejects.toMatchObject({ name: 'EventRefusedError' });
      }
    });
    expect(stack.gateway.calls).toEqual([]);
  },
  patienceMs,
);

test('while an event that is good does call', async () => {
  const run = runDurable({
    handler,
    event: { database: 'menotime', dryRun: true },
    functionName: 'snapshot-export',
    register: stack.endpoint,
  });
  // This stack has no RDS, so that the run gets no further than its first question.
  await expect(run).rejects.toThrow();
  expect(stack.gateway.calls.length).toBeGreaterThan(0);
});
