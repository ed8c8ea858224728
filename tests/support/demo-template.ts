import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStage } from '../../infra/build/stage.ts';
import { type StageTemplate, startLocalStage } from '../../infra/local/stage.ts';

/** Names the file in which the template of a seeded cluster is described, for every test file of a run. */
const variable = 'NIGHTSHIFT_TEST_TEMPLATE';

/** Seeds one small demo cluster; each stage of a test starts from a copy of it. */
export async function makeDemoTemplate(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-template-'));
  const config = await readStage({ stage: 'demo', configFile: 'nightshift.config.ts' });
  const stage = await startLocalStage({ stage: 'demo', config });
  const [database] = stage.databases;
  if (!database) throw new Error('The demo stage of nightshift.config.ts names no database.');
  // Seven has no factor in common with the cycles in which the demo's rows repeat: each kind of row is still there.
  await database.seed({ auditRows: 3_000, patients: 60, scenarioStep: 7 });
  const template = await stage.stack.rds.saveTemplate(database.instance.identifier, join(folder, 'cluster'));
  await stage.stop();
  const file = join(folder, 'template.json');
  await writeFile(file, JSON.stringify({ ...template, jobPassword: database.jobPassword }));
  process.env[variable] = file;
  return () => rm(folder, { recursive: true, force: true });
}

export async function demoTemplate(): Promise<StageTemplate> {
  const file = process.env[variable];
  if (!file) throw new Error('The global setup made no template of the demo cluster.');
  return JSON.parse(await readFile(file, 'utf8')) as StageTemplate;
}
