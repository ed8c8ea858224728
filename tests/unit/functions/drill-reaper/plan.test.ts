import { expect, test } from '@jest/globals';
import { planReaping } from '../../../../functions/drill-reaper/plan.ts';
import { drillIdentifier, drillTags } from '../../../../shared/restore/drill-instance.ts';
import { sourceInstance } from '../../../support/drill-facts.ts';

const now = new Date('2026-01-04T16:00:00Z');
const parts = { stage: 'prod', database: 'menotime', slot: '2026-01-04' };
const expired = {
  ...sourceInstance,
  identifier: drillIdentifier(parts),
  tags: drillTags(parts, new Date('2026-01-04T15:59:59Z')),
};
const context = { stage: 'prod', region: 'us-west-1', database: null, now };

test('an expired drill of this stage is deleted, with when it expired', () => {
  expect(planReaping([sourceInstance, expired], context)).toEqual([
    {
      kind: 'delete instance',
      target: expired.identifier,
      region: 'us-west-1',
      reason: 'a drill left it behind; it expired at 2026-01-04T15:59:59.000Z',
    },
  ]);
});

const survivors = [
  {
    what: 'one that is not yet expired',
    instance: { ...expired, tags: drillTags(parts, new Date('2026-01-04T16:00:01Z')) },
  },
  { what: 'one that is being deleted', instance: { ...expired, status: 'deleting' } },
  { what: 'one with the tags alone', instance: { ...expired, identifier: 'menotime-prod' } },
  { what: 'one with the name alone', instance: { ...expired, tags: {} } },
  {
    what: 'one of another stage',
    instance: { ...expired, tags: drillTags({ ...parts, stage: 'dev' }, now) },
  },
];
test.each(survivors)('$what survives', ({ instance }) => {
  expect(planReaping([instance], context)).toEqual([]);
});

test('of one database alone, where it is asked', () => {
  expect(planReaping([expired], { ...context, database: 'menotime' })).toHaveLength(1);
  expect(planReaping([expired], { ...context, database: 'other' })).toEqual([]);
});
