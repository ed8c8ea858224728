import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEvent as parseReaperEvent } from '../../../../functions/drill-reaper/event.ts';
import { interpretEvent, parseEvent } from '../../../../functions/restore-drill/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const folder = new URL('../../../../events/', import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const files = (job: string) => readdirSync(folder).filter((file) => file.startsWith(`${job}.`));
const { menotime } = stageInput.databases;
const config = stageConfig({
  menotime: { ...menotime, snapshotExport: { copyTo: { region: 'us-east-1' } }, restoreDrill: {} },
});
const now = new Date('2026-01-04T07:00:00Z');
const longestMessage = 20_000;

test.each(files('restore-drill'))('events/%s starts a run', (file) => {
  expect(interpretEvent(parseEvent(read(file)), config, now)).toMatchObject({ database: 'menotime' });
});

test.each(files('drill-reaper'))('events/%s starts a run', (file) => {
  expect(parseReaperEvent(read(file))).toMatchObject({ database: null });
});

/** The error, or the slot where the event was still a good one. */
function outcome(raw: unknown) {
  try {
    return interpretEvent(parseEvent(raw), config, now).slot;
  } catch (error) {
    return error;
  }
}

test('2,000 malformed events: refused saying what was expected, or of a slot that is a safe name', () => {
  const seen = { refused: 0, accepted: 0 };
  const good = files('restore-drill').map(read);
  const events = malformedEvents(good, read('snapshot-export.rds-event-0091.json'));
  fc.assert(
    fc.property(events, (raw) => {
      const answer = outcome(raw);
      if (typeof answer === 'string') {
        seen.accepted += 1;
        expect(answer).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
        return;
      }
      seen.refused += 1;
      expect(answer).toBeInstanceOf(EventRefusedError);
      expect((answer as Error).message.length).toBeLessThan(longestMessage);
    }),
    { numRuns: 2_000 },
  );
  expect(seen.refused).toBeGreaterThan(1_000);
  expect(seen.accepted).toBeGreaterThan(10);
});
