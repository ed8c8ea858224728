import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadDeployed } from '../../../shared/config/load.ts';
import { ConfigError } from '../../../shared/job/errors.ts';
import { stageInput } from '../../support/stage-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(text: string) {
  const file = join(folder, 'stage.json');
  await writeFile(file, text);
  return loadDeployed({ NIGHTSHIFT_STAGE_FILE: file });
}

test('reads the stage that the build wrote, defaults and all', async () => {
  const { stage, config } = await load(JSON.stringify({ stage: 'prod', config: stageInput }));
  expect(stage).toBe('prod');
  expect(config.databases.menotime?.snapshotExport?.retention.keepNewest).toBe(7);
});

test('what was written is read back the same', async () => {
  const first = await load(JSON.stringify({ stage: 'prod', config: stageInput }));
  expect(await load(JSON.stringify(first))).toEqual(first);
});

test.each([
  ['not JSON', '{"stage"', /^Cannot read the config in .*stage\.json: /],
  [
    'an unknown key',
    JSON.stringify({ stage: 'x', config: { ...stageInput, a: 1 } }),
    /Unrecognized key: "a"/,
  ],
  ['no config', '{"stage": "x"}', /is not a valid Nightshift stage:\n {2}- config: /],
])('%s is refused', async (_what, text, said) => {
  const loading = load(text);
  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow(said);
});

test('a missing file and a missing variable are told apart', async () => {
  await expect(loadDeployed({ NIGHTSHIFT_STAGE_FILE: join(folder, 'none.json') })).rejects.toThrow(/ENOENT/);
  await expect(loadDeployed({})).rejects.toThrow(/^NIGHTSHIFT_STAGE_FILE is not set/);
});
