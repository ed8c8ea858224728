import { expect, test } from '@jest/globals';
import {
  alarmArn,
  alarmKey,
  contributorKey,
  parseAlarmArn,
} from '../../../../../functions/alarm-fanout/normalise/alarm-arn.ts';

const place = { region: 'us-west-1', account: '111122223333' };

test.each(['cpu', 'two words', 'a:b:alarm:c', 'größe/λ', 'line\nbreak'])('the name %j comes back', (name) => {
  const arn = alarmArn({ ...place, name });
  expect(parseAlarmArn(arn)).toEqual({ ...place, arn, name });
});

test('in its own partition', () => {
  expect(alarmArn({ ...place, region: 'cn-north-1', name: 'cpu' })).toMatch(
    /^arn:aws-cn:cloudwatch:cn-north-1:/,
  );
  expect(parseAlarmArn('arn:aws-us-gov:cloudwatch:us-gov-west-1:111122223333:alarm:cpu')?.name).toBe('cpu');
});

test.each(['', 'cpu', 'arn:aws:sns:us-west-1:111122223333:alarms', 'arn:aws:cloudwatch:us-west-1:1:alarm:x'])(
  '%j is the ARN of no alarm',
  (text) => {
    expect(parseAlarmArn(text)).toBeUndefined();
  },
);

test('the longest name that CloudWatch allows is kept whole, in any script', () => {
  const arn = alarmArn({ ...place, name: '語'.repeat(255) });
  expect(alarmKey(arn)).toBe(arn);
  expect(Buffer.byteLength(contributorKey(arn, '6d442278dba546f6'))).toBeLessThanOrEqual(1_024);
});

test('of longer names the key has a hash, and two of them stay two', () => {
  const keys = ['a', 'b'].map((end) => alarmKey(alarmArn({ ...place, name: 'x'.repeat(10_000) + end })));
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1_024);
});
