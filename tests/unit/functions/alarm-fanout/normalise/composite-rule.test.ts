import { expect, test } from '@jest/globals';
import { childrenOf } from '../../../../../functions/alarm-fanout/normalise/composite-rule.ts';

const arn = (name: string) => `arn:aws:cloudwatch:us-west-1:111122223333:alarm:${name}`;
const family = { region: 'us-west-1', account: '111122223333', key: arn('all') };

test.each([
  ['ALARM(cpu) OR ALARM(conns)', ['cpu', 'conns']],
  ['ALARM("two words") AND (ALARM(\'quoted\') OR alarm( spaced ))', ['two words', 'quoted', 'spaced']],
  [`ALARM("${arn('by-arn')}")`, ['by-arn']],
  ['ALARM(cpu) AND NOT ALARM(maintenance) AND NOT (ALARM(drill))', ['cpu']],
  ['OK(fine) AND INSUFFICIENT_DATA(unknown) AND ALARM(cpu)', ['cpu']],
  ['ALARM(cpu) OR ALARM(cpu) OR ALARM(all)', ['cpu']],
  ['TRUE', []],
  ['', []],
])('%s stands for %j', (rule, names) => {
  expect(childrenOf(rule, [], family)).toEqual(names.map(arn));
});

test('what made it change is among them, where the rule does not name it as we read it', () => {
  const rule = 'AT_LEAST(2, ALARM, (a, b, c))';
  expect(childrenOf(rule, [arn('a'), arn('b'), 'no ARN'], family)).toEqual([arn('a'), arn('b')]);
  expect(childrenOf(null, [arn('a')], family)).toEqual([arn('a')]);
});

test('CloudWatch allows a hundred', () => {
  const rule = Array.from({ length: 300 }, (_, at) => `ALARM(a${at})`).join(' OR ');
  expect(childrenOf(rule, [], family)).toHaveLength(100);
});
