import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  drillIdentifier,
  drillPrefix,
  drillTags,
  expiryOf,
  isDrillOf,
  isDrillOfStage,
} from '../../../shared/restore/drill-instance.ts';

const parts = { stage: 'prod', database: 'menotime', slot: '2026-01-04' };
const at = new Date('2026-01-04T15:00:00Z');
const drill = { identifier: drillIdentifier(parts), tags: drillTags(parts, at) };

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20}){0,2}$/);
const slot = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);

test('every slot has a name that RDS takes, and no two the same', () => {
  fc.assert(
    fc.property(
      fc.record({ stage: name, database: name, slot }),
      fc.record({ stage: name, database: name, slot }),
      (one, other) => {
        const identifier = drillIdentifier(one);
        expect(identifier).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        expect(identifier.length).toBeLessThanOrEqual(63);
        expect(identifier.startsWith(drillPrefix)).toBe(true);
        if (JSON.stringify(one) !== JSON.stringify(other)) {
          expect(drillIdentifier(other)).not.toBe(identifier);
        }
      },
    ),
  );
});

test('an instance is a drill’s by its name and by all of its tags', () => {
  expect(isDrillOf(drill, parts)).toBe(true);
  expect(isDrillOf({ ...drill, identifier: `${drill.identifier}-2` }, parts)).toBe(false);
  expect(isDrillOf(drill, { ...parts, slot: '2026-01-05' })).toBe(false);
  expect(isDrillOfStage(drill, 'prod')).toBe(true);
  expect(isDrillOfStage(drill, 'staging')).toBe(false);
  expect(isDrillOfStage({ ...drill, identifier: 'menotime-prod' }, 'prod')).toBe(false);
  for (const missing of ['managed-by', 'job', 'database', 'slot'].map((key) => `nightshift:${key}`)) {
    const tags = Object.fromEntries(Object.entries(drill.tags).filter(([key]) => key !== missing));
    expect(isDrillOfStage({ ...drill, tags }, 'prod')).toBe(false);
  }
});

test('what says no time does not expire', () => {
  expect(expiryOf(drill)).toEqual(at);
  expect(expiryOf({ tags: {} })).toBeUndefined();
  expect(expiryOf({ tags: { 'nightshift:expires-at': 'never' } })).toBeUndefined();
});
