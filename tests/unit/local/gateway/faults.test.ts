import { expect, test } from '@jest/globals';
import { type FaultOrder, Faults } from '../../../../infra/local/gateway/faults.ts';

const call = { service: 'rds', action: 'DescribeDBSnapshots', region: 'us-west-1', at: new Date(0) };
const throttle = { kind: 'throttle' } as const;

function firedAmong(calls: number, order: FaultOrder): boolean[] {
  const faults = new Faults();
  faults.order(order);
  return Array.from({ length: calls }, () => faults.take(call).length > 0);
}

test('the same seed meets the same calls, another seed others', () => {
  const first = firedAmong(200, { effect: throttle, rate: 0.2, seed: 3 });
  expect(firedAmong(200, { effect: throttle, rate: 0.2, seed: 3 })).toEqual(first);
  expect(firedAmong(200, { effect: throttle, rate: 0.2, seed: 4 })).not.toEqual(first);
});

test.each([0, 0.2, 0.5, 1])('a rate of %d is kept', (rate) => {
  const met = firedAmong(5_000, { effect: throttle, rate, seed: 11 }).filter(Boolean).length;
  expect(Math.abs(met / 5_000 - rate)).toBeLessThan(0.03);
});

test('latency joins another effect, and of two others the first ordered counts', () => {
  const faults = new Faults();
  const late = { kind: 'latency', milliseconds: 5 } as const;
  faults.order({ effect: throttle, times: 1 });
  faults.order({ effect: { kind: 'deny' }, times: 1 });
  faults.order({ effect: late });
  expect(faults.take(call)).toEqual([throttle, late]);
  expect(faults.take(call)).toEqual([{ kind: 'deny' }, late]);
  expect(faults.take(call)).toEqual([late]);
});

test('an order that does not match, is cancelled or is cleared has no effect', () => {
  const faults = new Faults();
  faults.order({ effect: throttle, service: 's3' });
  faults.order({ effect: throttle, action: ['CreateDBSnapshot', 'DeleteDBSnapshot'] });
  faults.order({ effect: throttle, region: 'us-east-1' });
  faults.order({ effect: throttle }).cancel();
  expect(faults.take(call)).toEqual([]);
  faults.order({ effect: throttle });
  faults.clear();
  expect(faults.take(call)).toEqual([]);
});
