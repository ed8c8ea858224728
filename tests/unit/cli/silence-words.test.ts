import { expect, test } from '@jest/globals';
import { describeSilences } from '../../../cli/show-silences.ts';
import { readSilence, type SilenceWords } from '../../../cli/silence-words.ts';

const now = new Date('2026-11-21T15:00:00.000Z');
const read = (more: Partial<SilenceWords>) =>
  readSilence({ until: '2h', why: 'release 1.4', ...more }, { databases: ['menotime'], now });

test('lasts from now on, or from its own beginning', () => {
  expect(read({})).toEqual({ until: '2026-11-21T17:00:00.000Z', why: 'release 1.4' });
  expect(read({ from: '2026-11-21T23:00+01:00', until: '90m' })).toMatchObject({
    from: '2026-11-21T22:00:00.000Z',
    until: '2026-11-21T23:30:00.000Z',
  });
  expect(read({ from: '7h', until: '2026-11-22T00:00:00Z' })).toMatchObject({
    from: '2026-11-21T22:00:00.000Z',
    until: '2026-11-22T00:00:00.000Z',
  });
});

test.each<[string, Partial<SilenceWords>, RegExp]>([
  ['a day that the month does not have', { until: '2026-11-31T00:00:00Z' }, /takes a time/],
  ['a time without its zone', { until: '2026-11-21T22:00:00' }, /takes a time with its zone/],
  ['an end in the past', { until: '2026-11-20T00:00:00Z' }, /is over already/],
  ['an end before the beginning', { from: '5h', until: '2026-11-21T16:00:00Z' }, /not after --from/],
  ['an end beyond a month', { from: '20d', until: '20d' }, /more than 30 days/],
  ['no reason', { why: ' ' }, /--why is empty/],
  ['a reason that nobody reads', { why: 'x'.repeat(301) }, /300 characters at most, not 301/],
  ['lines in a name', { alarms: ['a\nb'] }, /--alarms takes one line/],
  ['a name that turns the writing', { alarms: ['a\u202Eb'] }, /--alarms takes one line/],
  ['a name longer than names are', { alarms: ['x'.repeat(256)] }, /255 characters/],
  ['an unknown database', { databases: ['x'.repeat(10_000)] }, /^.{100,180} It has: menotime\.$/],
])('%s is refused', (_what, words, said) => {
  expect(() => read(words)).toThrow(said);
});

test('is shown with what is quiet, which is everything where nothing is said', () => {
  const said = describeSilences([
    { ...read({ alarms: ['*-cpu', '*-memory'], databases: ['menotime'] }), id: '1f2e3d4c', by: 'ana' },
    { ...read({}), id: null, by: 'the config' },
  ]);
  expect(said.split('\n')).toEqual([
    '1f2e3d4c  until 2026-11-21 17:00:00 UTC: release 1.4 (ana)',
    '          alarms *-cpu, *-memory; databases menotime',
    'config    until 2026-11-21 17:00:00 UTC: release 1.4 (the config)',
    '          every alarm, critical ones too',
  ]);
});
