import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readDeployment } from '../../../../infra/aws/deployment.ts';
import { compilePattern } from '../../../../infra/local/events/pattern.ts';
import { stageRules } from '../../../../infra/local/events/stage-rules.ts';

const demo = () => readDeployment({ stage: 'demo', configFile: 'nightshift.config.ts' });

const created = (instance: string, region = 'us-west-1') => ({
  source: 'aws.rds',
  'detail-type': 'RDS DB Snapshot Event',
  resources: [`arn:aws:rds:${region}:111122223333:snapshot:rds:${instance}-2026-01-02-03-36`],
  detail: { EventID: 'RDS-EVENT-0091' },
});

test('the demo hears of the automated snapshots of its own instance, and of no other', async () => {
  const rules = await stageRules(await demo(), process.cwd());
  const rule = rules.find(({ functionName }) => functionName === 'snapshot-export');
  const matches = compilePattern(rule?.pattern);
  expect(matches(created('menotime-demo'))).toBe(true);
  expect(matches(created('menotime'))).toBe(false);
  expect(matches(created('menotime-demo-copy'))).toBe(false);
  expect(matches(created('menotime-demo', 'us-east-1'))).toBe(false);
  expect(matches({ ...created('menotime-demo'), detail: { EventID: 'RDS-EVENT-0042' } })).toBe(false);
});

test('a variable that no deployment has is refused, not left as text that matches nothing', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-stage-rules-'));
  await mkdir(join(root, 'functions', 'job'), { recursive: true });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the framework fills it in.
  const pattern = '{ source: "${file(infra/stage.js):nothing}" }';
  await writeFile(
    join(root, 'functions', 'job', 'function.yml'),
    `job:\n  events:\n    - eventBridge:\n        pattern: ${pattern}\n`,
  );
  await expect(stageRules(await demo(), root)).rejects.toThrow('a deployment has no "nothing"');
  await rm(root, { recursive: true });
});
