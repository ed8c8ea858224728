import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/define.ts';
import { alarmsInput } from '../../support/alarms-input.ts';
import { stageInput } from '../../support/stage-config.ts';

type Routes = NonNullable<typeof alarmsInput.routes>;

const database = Object.keys(stageInput.databases)[0] ?? '';
const alertEmail = 'database-on-call@menotime.example';
const stageOf = (alarms: object, more: object = {}) => ({
  ...stageInput,
  alertEmail,
  alarms: { ...alarmsInput, ...alarms },
  ...more,
});
const parse = (stages: object) => () => parseConfig({ stages }, 'nightshift.config.ts');
const parsed = (alarms: object) => parse({ prod: stageOf(alarms) });

describe('a route that nothing reaches', () => {
  const to = ['chat'];
  const hours = { from: '08:00', to: '18:00' };
  test.each<[string, Routes]>([
    ['behind one that takes everything', [{ to }, { severities: ['critical'], to }]],
    [
      'behind one of the same',
      [
        { databases: [database], to },
        { databases: [database], to: ['mail'] },
      ],
    ],
    [
      'behind one that takes more severities',
      [
        { severities: ['critical', 'warning'], to },
        { severities: ['warning'], hours, to },
      ],
    ],
    [
      'behind one of the same alarms and more',
      [
        { alarms: ['a-*', 'b'], to },
        { alarms: ['b'], severities: ['info'], to },
      ],
    ],
  ])('%s is refused', (_what, routes) => {
    expect(parsed({ routes })).toThrow(
      'stages.prod.alarms.routes.1: nothing reaches it: the route 1 takes all of it',
    );
  });

  test.each<[string, Routes]>([
    ['the first goes on', [{ to, andOn: true }, { to }]],
    ['the first has hours', [{ hours, to }, { to }]],
    ['the first is of some severities', [{ severities: ['critical'], to }, { to }]],
    [
      'the first is of fewer severities',
      [
        { severities: ['critical'], to },
        { severities: ['critical', 'warning'], to },
      ],
    ],
    [
      'they choose by different things',
      [
        { severities: ['critical'], to },
        { alarms: ['a'], to },
      ],
    ],
  ])('where %s, both are reached', (_what, routes) => {
    expect(parsed({ routes })).not.toThrow();
  });
});

test.each([
  ['routes', { routes: [{ databases: ['shpo'], to: ['chat'] }] }],
  ['silences', { silences: [{ databases: ['shpo'], until: '2030-01-01T00:00:00Z', why: 'moving' }] }],
  ['maintenance', { maintenance: [{ databases: ['shpo'], window: { from: '01:00', hours: 1 } }] }],
])('a database that there is not, in %s, is named with those that there are', (list, alarms) => {
  expect(parsed(alarms)).toThrow(
    `stages.prod.alarms.${list}.0.databases: no such database: shpo; there are ${database}`,
  );
});

test('a silence that ends before it begins is refused', () => {
  const silence = (from: string) => ({
    silences: [{ from, until: '2030-01-01T00:00:00+02:00', why: 'moving' }],
  });
  expect(parsed(silence('2029-12-31T22:00:00Z'))).toThrow(
    'silences.0.until: is not after "from" (2029-12-31T22:00:00Z): it would silence nothing',
  );
  expect(parsed(silence('2029-12-31T21:59:59Z'))).not.toThrow();
});

describe('the name of a sink', () => {
  const named = (...names: string[]) => {
    const sinks = Object.fromEntries(names.map((name) => [name, { kind: 'slack', secret: 'chat' }]));
    return parsed({ sinks, routes: [{ to: names.slice(0, 1) }], fallback: undefined });
  };
  test('leaves its function a name that Lambda takes', () => {
    const longest = 64 - 'nightshift-prod-sink-'.length;
    expect(named('x'.repeat(longest))).not.toThrow();
    expect(named('x'.repeat(longest + 2))).toThrow("its name is 2 letters too long for its function's name");
  });
  test('is not that of the dead letters of another', () => {
    expect(named('chat', 'chat-dead-letters')).toThrow(
      'is what the dead letters of the sink chat are called',
    );
    expect(named('chat-dead-letters')).not.toThrow();
  });
});

test('a topic is a standard one', () => {
  const of = (topicArn: string) =>
    parsed({ sinks: { topic: { kind: 'sns', topicArn } }, routes: [{ to: ['topic'] }], fallback: 'topic' });
  expect(of('arn:aws:sns:eu-west-1:111122223333:people')).not.toThrow();
  for (const wrong of ['arn:aws:sns:eu-west-1:111122223333:people.fifo', 'arn:aws:sns:people', 'people'])
    expect(of(wrong)).toThrow('the ARN of a standard topic of SNS');
});

describe('stages whose names run into each other', () => {
  const stages = (name: string, more: object = {}, alarms: object | undefined = alarmsInput) => ({
    prod: { ...stageInput, alertEmail, alarms },
    [name]: { ...stageInput, ...more },
  });
  test('are refused where one would hear the alarms of the other', () => {
    expect(parse(stages('prod-eu'))).toThrow(
      'stages.prod.alarms: would hear the alarms of the stage prod-eu too, for all its names begin with nightshift-prod-',
    );
  });
  test('may be where they are no neighbours, or nobody hears', () => {
    for (const fine of [
      stages('prod-eu', { region: 'eu-west-1' }),
      stages('prod-eu', { account: '444455556666' }),
      stages('prodeu'),
      stages('eu-prod'),
      { ...stages('prod-eu'), prod: stageInput },
    ])
      expect(parse(fine)).not.toThrow();
  });
});
