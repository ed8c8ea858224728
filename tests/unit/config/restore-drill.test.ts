import { expect, test } from '@jest/globals';
import { restoreDrill } from '../../../shared/config/restore-drill.ts';

const faults = (input: unknown) => JSON.stringify(restoreDrill.safeParse(input).error?.issues ?? []);

test('everything has a default', () => {
  expect(restoreDrill.parse({})).toMatchObject({ source: 'snapshot', expiresAfterHours: 8 });
});

test('an instance may not expire while it may still be needed', () => {
  expect(faults({ expiresAfterHours: 5.5 })).toContain('expiresAfterHours');
  expect(faults({ expiresAfterHours: 5.75 })).toBe('[]');
});

test('more looks than a durable execution has operations are refused', () => {
  expect(faults({ polling: { instanceSeconds: 10 } })).toContain('instanceSeconds');
  expect(faults({ polling: { instanceSeconds: 20 } })).toBe('[]');
});
