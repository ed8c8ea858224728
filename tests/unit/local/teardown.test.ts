import { expect, test } from '@jest/globals';
import { Teardown } from '../../../infra/local/teardown.ts';

test('parts end once, in reverse order, also when one of them fails', async () => {
  const ended: string[] = [];
  const teardown = new Teardown();
  teardown.add('folder', async () => void ended.push('folder'));
  teardown.add('server', async () => {
    ended.push('server');
    throw new Error('it hangs');
  });
  teardown.add('gateway', async () => void ended.push('gateway'));
  await expect(teardown.run()).rejects.toThrow("Stopping the stack's server failed: Error: it hangs");
  await expect(teardown.run()).rejects.toThrow('it hangs');
  expect(ended).toEqual(['gateway', 'server', 'folder']);
});
