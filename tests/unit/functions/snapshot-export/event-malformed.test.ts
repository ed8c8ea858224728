import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpretEvent, parseEvent } from '../../../../functions/snapshot-export/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const example = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../../events/snapshot-export.${name}.json`, import.meta.url), 'utf8'),
  );
const config = stageConfig();
const now = new Date('2026-01-02T03:30:00Z');
/** Shorter than what Lambda and a checkpoint take, however long the event is. */
const longestMessage = 20_000;

const good = ['schedule', 'by-hand', 'by-hand-labelled', 'by-hand-tables', 'by-hand-dry-run'].map(example);
const events = malformedEvents(good, example('rds-event-0091'));

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
        /snapshot-export starts from one of:|It has one for: menotime|a label |Write schema\.table|needs a "label"|Narrow the event rule/,
      );
      expect(message.length).toBeLessThan(longestMessage);
    }),
    { numRuns: 2_000 },
  );
  // Some mutations leave an event good; most must not, or nothing was tried.
  expect(seen.refused).toBeGreaterThan(1_500);
  expect(seen.accepted).toBeGreaterThan(10);
});

test.each([null, undefined, 1, 'schedule', true, [], [{ database: 'menotime' }], Number.NaN])(
  '%p is no event',
  (raw) => {
    expect(() => parseEvent(raw)).toThrow(/^This event is no JSON object\.\nsnapshot-export starts from/);
  },
);

test('an event that lists ten thousand wrong tables is refused in a few words', () => {
  const tables = Array.from({ length: 10_000 }, (_, at) => (at % 2 ? `a b ${at}` : at));
  for (const list of [tables, tables.map(String)]) {
    const answer = outcome({ database: 'menotime', label: 'x', tables: list }) as Error;
    expect(answer).toBeInstanceOf(EventRefusedError);
    expect(answer.message.length).toBeLessThan(longestMessage);
  }
});

test('an event of a megabyte is refused in a few words, wherever its length is', () => {
  const long = 'x'.repeat(1_000_000);
  const events = [
    { database: long },
    { database: 'menotime', label: long },
    { database: 'menotime', label: 'x', tables: [long] },
    { database: 'menotime', [long]: 1 },
    { trigger: long, database: 'menotime' },
  ];
  for (const raw of events) {
    const answer = outcome(raw) as Error;
    expect(answer).toBeInstanceOf(EventRefusedError);
    expect(answer.message.length).toBeLessThan(2_000);
  }
});

test('what was typed wrong is named', () => {
  expect(() => parseEvent({ database: 'menotime', lable: 'x', dryRun: 'yes' })).toThrow(
    /dryRun: Invalid input: expected boolean, received string.*"lable"/s,
  );
});

test('a polluted object changes nothing for those after it', () => {
  outcome(JSON.parse('{"__proto__": {"dryRun": true, "label": "x"}, "database": "menotime"}'));
  expect(outcome({ database: 'menotime' })).toBe('2026-01-02');
  expect({}).not.toHaveProperty('dryRun');
});
