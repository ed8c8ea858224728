import { describe } from '@jest/globals';
import { testOrderedFaults, useFailingRuns } from './failing-runs.ts';

describe('a snapshot or a copy that ends badly', () => {
  testOrderedFaults(useFailingRuns(), [
    {
      what: 'the snapshot fails',
      fault: { kind: 'snapshot-fails' },
      says: [/ended as failed/, /makes another one/],
      again: ['snapshots'],
    },
    {
      what: 'the snapshot sticks',
      long: true,
      fault: { kind: 'snapshot-sticks' },
      says: [/was still creating/, /adopts it/],
    },
    {
      what: 'the copy fails',
      fault: { kind: 'copy-fails' },
      says: [/in us-east-1 ended as failed/],
      again: ['copies'],
    },
  ]);
});
