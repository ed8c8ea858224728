import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpretEvent, parseEvent } from '../../../../functions/audit-archive/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { archiveStage, policyInput } from '../../../support/archive-policies.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';

const example = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../events/${name}.json`, import.meta.url), 'utf8'));
const config = archiveStage({ policies: [policyInput] });
const now = new Date('2026-01-02T04:00:00Z');
/** Shorter than what Lambda and a checkpoint take, however long the event is. */
const longestMessage = 20_000;

const good = ['schedule', 'by-hand', 'by-hand-tables', 'by-hand-dry-run'].map((name) =>
  example(`audit-archive.${name}`),
);
const events = malformedEvents(good, example('snapshot-export.rds-event-0091'));

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
      const { message } = answer as Error;
      expect(message).toMatch(
        /audit-archive starts from one of:|It has one for: (menotime|public\.audit_log)|a label |needs a "label"/,
      );
      expect(message.length).toBeLessThan(longestMessage);
    }),
    { numRuns: 2_000 },
  );
  expect(seen.refused).toBeGreaterThan(1_500);
  expect(seen.accepted).toBeGreaterThan(10);
});
