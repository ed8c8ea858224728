import { expect, test } from '@jest/globals';
import { deleteEach, requireAll } from '../../../../functions/snapshot-export/prune.ts';
import type { PruneAction } from '../../../../functions/snapshot-export/retention.ts';

const action = (target: string): PruneAction => ({
  kind: 'delete snapshot',
  target,
  reason: 'old',
  createdAt: '2026-01-02T03:06:30.000Z',
});
const actions = ['gone', 'refused', 'changed', 'gone too'].map(action);

test('one that cannot be deleted and one that has changed do not stop the others', async () => {
  const pruning = await deleteEach(actions, async ({ target }) => {
    if (target === 'refused') throw new Error('AccessDenied');
    return target === 'changed' ? 'its tags are others now' : null;
  });
  expect(pruning).toEqual({
    deleted: [action('gone'), action('gone too')],
    left: [{ ...action('changed'), why: 'its tags are others now' }],
    failures: ['delete snapshot refused: AccessDenied'],
  });
  expect(() => requireAll(actions, pruning.failures)).toThrow(
    'Of 4 that have outlived their retention, 1 could not be deleted:\ndelete snapshot refused: AccessDenied',
  );
  expect(() => requireAll(actions, [])).not.toThrow();
});
