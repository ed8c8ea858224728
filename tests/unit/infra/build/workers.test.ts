import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { bundle } from '../../../../infra/build/bundle.ts';

test('the archive’s worker thread is bundled beside the handler, and found there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-workers-'));
  const projectRoot = process.cwd();
  await writeFile(
    join(folder, 'handler.ts'),
    `import { readBack } from '${projectRoot}/shared/parquet/read-back.ts';
     const source = (async function* () { yield new Uint8Array([1, 2, 3]); })();
     export const handler = () => readBack({ source }).catch((error) => error.name);
     if (process.argv[2] === 'run') console.log(await handler());`,
  );
  await bundle({
    projectRoot,
    entry: join(folder, 'handler.ts'),
    outFile: join(folder, 'out', 'handler.mjs'),
  });
  const elsewhere = join(folder, 'task');
  await cp(join(folder, 'out'), elsewhere, { recursive: true });
  expect((await readdir(elsewhere)).filter((file) => file.endsWith('.mjs')).sort()).toEqual([
    'archive-worker.mjs',
    'handler.mjs',
  ]);
  const { stdout } = await promisify(execFile)(process.execPath, [join(elsewhere, 'handler.mjs'), 'run']);
  expect(stdout.trim()).toBe('MalformedRows');
  await rm(folder, { recursive: true });
});
