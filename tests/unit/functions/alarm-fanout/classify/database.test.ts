import { expect, test } from '@jest/globals';
import { findDatabase, type Hints } from '../../../../../functions/alarm-fanout/classify/database.ts';
import { stageConfig, stageInput } from '../../../../support/stage-config.ts';

const menotime = stageInput.databases.menotime;
const config = stageConfig({
  'menotime-audit': { ...menotime, instance: 'audit-prod' },
  ledger: { ...menotime, instance: 'shared-prod' },
  reports: { ...menotime, instance: 'shared-prod' },
  clinic: {
    ...menotime,
    instance: 'clinic-prod',
    alarms: { connectionsPercent: null, memoryUsedPercent: null, replicas: ['clinic-reports'] },
  },
});

const nobody = { database: null, instance: null };

test.each<[string, Hints, object]>([
  ['its instance', { instances: ['menotime-prod'] }, { database: 'menotime', instance: 'menotime-prod' }],
  [
    'its instance, written large',
    { instances: ['Menotime-Prod'] },
    { database: 'menotime', instance: 'menotime-prod' },
  ],
  [
    'one of its replicas',
    { instances: ['clinic-reports'] },
    { database: 'clinic', instance: 'clinic-reports' },
  ],
  ['its name in the config', { named: 'menotime' }, { database: 'menotime', instance: 'menotime-prod' }],
  [
    'one of two databases of an instance',
    { named: 'ledger' },
    { database: 'ledger', instance: 'shared-prod' },
  ],
  [
    'the beginning of a name',
    { prefixed: ['nightshift-prod-menotime-down'] },
    { database: 'menotime', instance: 'menotime-prod' },
  ],
  [
    'the longer of two beginnings',
    { prefixed: ['nightshift-prod-menotime-audit-down'] },
    { database: 'menotime-audit', instance: 'audit-prod' },
  ],
  ['its tag', { tag: 'menotime' }, { database: 'menotime', instance: 'menotime-prod' }],
  [
    'a replica, by its name',
    { instances: ['menotime-replica'], prefixed: ['nightshift-prod-menotime-lag'] },
    { database: 'menotime', instance: 'menotime-replica' },
  ],
])('a database is found by %s', (_, hints, concerned) => {
  expect(findDatabase(hints, 'prod', config)).toEqual(concerned);
});

test.each<[string, Hints, object]>([
  ['nothing says so', {}, nobody],
  ['another stage is meant', { prefixed: ['nightshift-dev-menotime-down'] }, nobody],
  ['the config does not know it', { named: 'toString', tag: '__proto__' }, nobody],
  ['names speak of two', { prefixed: ['nightshift-prod-menotime-a', 'nightshift-prod-ledger-a'] }, nobody],
  ['several instances are meant', { instances: ['menotime-prod', 'audit-prod'], tag: 'menotime' }, nobody],
  [
    'two databases are on the instance',
    { instances: ['shared-prod'], tag: 'ledger' },
    { database: null, instance: 'shared-prod' },
  ],
  [
    'the instance is no database of the stage',
    { instances: ['shop-prod'] },
    { database: null, instance: 'shop-prod' },
  ],
])('none is named where %s', (_, hints, concerned) => {
  expect(findDatabase(hints, 'prod', config)).toEqual(concerned);
});

test('tags, which cannot always be read, change nothing of what the alarm says itself', () => {
  const hints = { instances: ['menotime-prod'], prefixed: ['nightshift-prod-menotime-cpu'] };
  expect(findDatabase({ ...hints, tag: 'ledger' }, 'prod', config)).toEqual(
    findDatabase(hints, 'prod', config),
  );
});
