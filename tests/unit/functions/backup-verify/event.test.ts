import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpretEvent, parseEvent } from '../../../../functions/backup-verify/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const bare = { instance: 'shop-prod', databaseName: 'shop', auth: { kind: 'iam', user: 'nightshift' } };
const config = stageConfig({
  menotime: { ...bare, backupVerify: {}, snapshotExport: { copyTo: { region: 'us-east-1' } } },
  shop: { ...bare, backupVerify: {}, restoreDrill: {} },
  bare,
});
const now = new Date('2026-01-03T09:00:00Z');
const interpret = (raw: unknown) => interpretEvent(parseEvent(raw), config, now);
const example = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../events/${name}.json`, import.meta.url), 'utf8'));

test('the schedule checks the date that it was meant for', () => {
  expect(interpret(example('backup-verify.schedule'))).toMatchObject({
    database: 'menotime',
    slot: '2026-01-02',
    trigger: 'by its schedule',
    dryRun: false,
    copyTo: { region: 'us-east-1' },
    isExported: true,
    isDrilled: false,
  });
});

test('by hand it is today, or what the label says', () => {
  expect(interpret(example('backup-verify.by-hand'))).toMatchObject({
    slot: '2026-01-03',
    trigger: 'by hand',
  });
  expect(interpret(example('backup-verify.by-hand-labelled'))).toMatchObject({ slot: 'after-repair' });
  expect(interpret(example('backup-verify.by-hand-dry-run'))).toMatchObject({ dryRun: true });
});

test('what the config does not have of a database is not expected of it', () => {
  expect(interpret({ database: 'shop' })).toMatchObject({ copyTo: null, isExported: false, isDrilled: true });
});

describe('refused', () => {
  test.each([
    [{ database: 'bare' }, /no "backupVerify" for a database "bare". It has one for: menotime, shop/],
    [{ database: 'constructor' }, /no "backupVerify"/],
    [{ database: 'menotime', label: '2026-01-01' }, /must not look like a date/],
    [{ database: 'menotime', tables: ['a.b'] }, /backup-verify starts from one of/],
    [[], /no JSON object/],
  ])('%j', (raw, message) => {
    expect(() => interpret(raw)).toThrow(EventRefusedError);
    expect(() => interpret(raw)).toThrow(message);
  });

  test('1,000 malformed events, each saying what was expected, or of a slot that is a safe name', () => {
    const good = ['schedule', 'by-hand', 'by-hand-labelled', 'by-hand-dry-run'].map((name) =>
      example(`backup-verify.${name}`),
    );
    let refused = 0;
    fc.assert(
      fc.property(malformedEvents(good, example('snapshot-export.rds-event-0091')), (raw) => {
        try {
          expect(interpret(raw).slot).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(EventRefusedError);
          expect((error as Error).message.length).toBeLessThan(20_000);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(700);
  });
});
