import { describe, expect, test } from '@jest/globals';
import { interpretEvent, parseEvent } from '../../../../functions/restore-drill/event.ts';
import { recoveryTrigger } from '../../../../shared/verify/drill-report.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const { menotime } = stageInput.databases;
const copyTo = { copyTo: { region: 'us-east-1' } };
const config = stageConfig({
  menotime: { ...menotime, snapshotExport: copyTo, restoreDrill: {} },
  plain: { ...menotime, snapshotExport: undefined },
  uncopied: { ...menotime, restoreDrill: {} },
});
const now = new Date('2026-01-04T07:03:20Z');
const interpret = (event: unknown) => interpretEvent(parseEvent(event), config, now);

describe('a drill', () => {
  test('by its schedule takes the slot of that day, and what the config says', () => {
    expect(
      interpret({ trigger: 'schedule', database: 'menotime', scheduledTime: '2026-01-04T07:00:00Z' }),
    ).toMatchObject({
      slot: '2026-01-04',
      wanted: { kind: 'newest automated snapshot' },
      region: 'us-west-1',
      keptAs: null,
      trigger: 'by its schedule',
    });
  });

  const choices = [
    { choice: { snapshot: 'rds:x' }, wanted: { kind: 'snapshot', identifier: 'rds:x' }, region: 'us-west-1' },
    {
      choice: { targetTime: '2026-01-04T08:00:00+02:00' },
      wanted: { kind: 'time', time: '2026-01-04T06:00:00.000Z' },
      region: 'us-west-1',
    },
    {
      choice: { source: 'second region' },
      wanted: { kind: 'newest copy', region: 'us-east-1' },
      region: 'us-east-1',
    },
    {
      choice: { source: 'latest restorable time' },
      wanted: { kind: 'latest restorable time' },
      region: 'us-west-1',
    },
  ];
  test.each(choices)('by hand of $wanted.kind', ({ choice, wanted, region }) => {
    expect(interpret({ database: 'menotime', label: 'mine', ...choice })).toMatchObject({
      slot: 'mine',
      wanted,
      region,
      keptAs: null,
    });
  });

  test.each(choices)(
    'of $wanted.kind without a label would take the place of the scheduled one',
    ({ choice }) => {
      expect(() => interpret({ database: 'menotime', ...choice })).toThrow(/needs a "label"/);
    },
  );

  test('cannot be of two things at once, nor of copies that nobody makes', () => {
    const both = { snapshot: 'rds:x', source: 'snapshot' };
    expect(() => interpret({ database: 'menotime', label: 'mine', ...both })).toThrow(/choose one of them/);
    expect(() => interpret({ database: 'uncopied', label: 'mine', source: 'second region' })).toThrow(
      /no "copyTo"/,
    );
  });

  test.each(['plain', 'unknown', '__proto__'])('is not of %s, for which none is configured', (database) => {
    expect(() => interpret({ database })).toThrow(/has one for: menotime, uncopied/);
  });
});

describe('a real restore', () => {
  test('stays, under the source’s name and the time of its start', () => {
    expect(interpret({ database: 'menotime', restore: {} })).toMatchObject({
      keptAs: 'menotime-prod-recovery-20260104-0703',
      slot: 'recovery-20260104-0703',
      wanted: { kind: 'newest snapshot' },
      trigger: recoveryTrigger,
    });
  });

  test('or under the name that it is given', () => {
    const restore = { snapshot: 'latest', instance: 'menotime-new' };
    expect(interpret({ database: 'menotime', label: 'mine', restore })).toMatchObject({
      keptAs: 'menotime-new',
      slot: 'mine',
      wanted: { kind: 'newest snapshot' },
    });
  });

  test('that only verifies is a drill', () => {
    const restore = { targetTime: '2026-01-04T06:00:00Z', verifyOnly: true };
    expect(interpret({ database: 'menotime', restore })).toMatchObject({
      keptAs: null,
      slot: 'verify-20260104-0703',
      trigger: 'by hand',
      wanted: { kind: 'time', time: '2026-01-04T06:00:00.000Z' },
    });
  });

  test.each(['Upper', 'two--hyphens', 'ends-', '1st', 'a'.repeat(64)])('refuses the name %s', (instance) => {
    expect(() => parseEvent({ database: 'menotime', restore: { instance } })).toThrow(/restore\.instance/);
  });
});

test.each([null, 'text', [], {}, { trigger: 'cron' }, { database: 'menotime', restor: {} }, { restore: {} }])(
  '%j starts nothing, and what would is said',
  (event) => {
    expect(() => interpret(event)).toThrow(/restore-drill starts from one of/);
  },
);
