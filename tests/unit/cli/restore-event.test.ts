import { expect, test } from '@jest/globals';
import { requireOneBackup, restoreEvent } from '../../../cli/restore-event.ts';
import { interpretEvent, parseEvent } from '../../../functions/restore-drill/event.ts';
import { stageConfig } from '../../support/stage-config.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const choice = { dryRun: false, verifyOnly: false };

const asked = (snapshot: string | undefined, more: object = {}) =>
  restoreEvent('menotime', snapshot, { ...choice, ...more }, now);

test('the event holds what was said, and a label always, so that the run can be found again', () => {
  expect(asked('latest')).toEqual({
    database: 'menotime',
    label: 'recovery-20260102-030405',
    restore: { snapshot: 'latest' },
  });
  expect(
    asked(undefined, {
      targetTime: '2026-01-02T03:00:00Z',
      instance: 'repaired',
      label: 'mine',
      dryRun: true,
    }),
  ).toEqual({
    database: 'menotime',
    label: 'mine',
    restore: { targetTime: '2026-01-02T03:00:00Z', instance: 'repaired' },
    dryRun: true,
  });
  expect(asked('latest', { verifyOnly: true })).toEqual({
    database: 'menotime',
    label: 'verify-20260102-030405',
    restore: { snapshot: 'latest', verifyOnly: true },
  });
});

test('the job takes it as what it is meant to be', () => {
  const { menotime } = stageConfig().databases;
  const config = stageConfig({ menotime: { ...menotime, restoreDrill: {} } });
  const interpreted = (event: object) => interpretEvent(parseEvent(event), config, now);
  expect(interpreted(asked('latest'))).toMatchObject({
    slot: 'recovery-20260102-030405',
    wanted: { kind: 'newest snapshot' },
    keptAs: 'menotime-prod-recovery-20260102-0304',
    dryRun: false,
  });
  expect(interpreted(asked('latest', { verifyOnly: true, dryRun: true }))).toMatchObject({
    keptAs: null,
    dryRun: true,
  });
  expect(interpreted(asked(undefined, { targetTime: '2026-01-02T04:00:00+01:00' }))).toMatchObject({
    wanted: { kind: 'time', time: '2026-01-02T03:00:00.000Z' },
  });
});

test.each([
  ['nothing', undefined, {}, /"latest", the name of a snapshot, or --target-time/],
  ['a snapshot and a time', 'latest', { targetTime: '2026-01-02T03:04:05Z' }, /choose one of them/],
  ['a name for what is deleted', 'latest', { verifyOnly: true, instance: 'x' }, /leave --instance out/],
])('%s is refused as bad usage', (_title, snapshot, more, message) => {
  const refuse = () => requireOneBackup(snapshot, { ...choice, ...more });
  expect(refuse).toThrow(message);
  expect(refuse).toThrow(expect.objectContaining({ name: 'UsageError' }));
});

test.each([
  ['a snapshot', 'some', {}],
  ['a time', undefined, { targetTime: 'x' }],
])('%s alone will do', (_title, snapshot, more) => {
  expect(() => requireOneBackup(snapshot, { ...choice, ...more })).not.toThrow();
});
