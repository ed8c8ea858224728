import { expect, test } from '@jest/globals';
import { readReading } from '../../../../../functions/alarm-fanout/normalise/reading.ts';

const nothing = { value: null, threshold: null, band: null, noData: false };

test('the newest of the recent datapoints counts, which CloudWatch writes last', () => {
  const data = JSON.stringify({ recentDatapoints: [11.5, 15.4], threshold: 10 });
  expect(readReading(data, null)).toEqual({ ...nothing, value: 15.4, threshold: 10 });
});

test('where only evaluated datapoints have values, the first of them counts, which is the newest', () => {
  const evaluatedDatapoints = [{ timestamp: 'x' }, { value: 7 }, { value: 3 }];
  expect(readReading(JSON.stringify({ evaluatedDatapoints }), null)).toEqual({ ...nothing, value: 7 });
});

test('in words the newest comes first', () => {
  const reason =
    'Threshold Crossed: 2 out of the last 2 datapoints [15.39 (17/01/22 14:42:00), 11.48 (17/01/22 14:37:00)] were greater than the threshold (10.0).';
  expect(readReading(undefined, reason)).toEqual({ ...nothing, value: 15.39, threshold: 10 });
});

test('numbers with an exponent, and below zero', () => {
  const reason = 'datapoint [-1.5E-4 (17/01/22 14:42:00)] was less than the threshold (2.0E9).';
  expect(readReading(null, reason)).toEqual({ ...nothing, value: -0.00015, threshold: 2e9 });
});

test('a band may be open to one side', () => {
  const data = JSON.stringify({ recentDatapoints: [239], recentUpperThresholds: [225.7] });
  expect(readReading(data, null)).toEqual({ ...nothing, value: 239, band: { lower: null, upper: 225.7 } });
  const reason =
    'Thresholds Crossed: 1 datapoint [239.0 (25/07/24 07:21:00)] was greater than the upper thresholds [225.71426732099445].';
  expect(readReading(null, reason).band).toEqual({ lower: null, upper: 225.71426732099445 });
});

test('no data came', () => {
  const reason =
    'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].';
  expect(readReading(null, reason)).toEqual({ ...nothing, noData: true });
});

test.each(['', 'null', '[]', '{', '"x"', '{"recentDatapoints":"x","threshold":null}', '{"threshold":1e999}'])(
  'what cannot be read of %j is left to the words',
  (data) => {
    const reason = 'datapoint [5.0 (17/01/22 14:42:00)] was less than the threshold (6.0).';
    expect(readReading(data, reason)).toEqual({ ...nothing, value: 5, threshold: 6 });
  },
);
