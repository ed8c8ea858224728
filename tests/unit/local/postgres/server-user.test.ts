import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { isReachable } from '../../../../infra/local/postgres/server-user.ts';

const STRANGER = { uid: 54_321, gid: 54_321 };

test('a folder is reachable when every folder on the way lets the account pass', async () => {
  const outer = await mkdtemp(path.join(tmpdir(), 'nightshift-reach-'));
  const inner = path.join(outer, 'inner');
  await mkdir(inner, { mode: 0o755 });
  try {
    expect(await isReachable(inner, STRANGER)).toBe(false); // mkdtemp lets in its owner only
    await chmod(outer, 0o711);
    expect(await isReachable(inner, STRANGER)).toBe(true);
    await chmod(inner, 0o750);
    expect(await isReachable(inner, STRANGER)).toBe(false);
  } finally {
    await rm(outer, { recursive: true });
  }
});
