import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Finding } from '../../../../shared/verify/finding.ts';
import { damageTable, type Verdict } from '../../../support/damage-table.ts';
import { source } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

let stage: JobStage;
let identifier: string;
const verdicts: Verdict[] = [];

beforeAll(async () => {
  stage = await startJobStage();
  identifier = await stage.stack.rds.takeAutomatedSnapshot(source, new Date('2026-01-02T03:07:00Z'));
});
afterAll(() => stage?.stop());

/** What the daily checks say of the automated snapshot's age. */
async function checked(label: string): Promise<Finding | undefined> {
  const result = await stage.verify({ database: 'menotime', label });
  const report = result.kind === 'done' ? result.record.report : undefined;
  return report?.findings.find(({ check }) => check === 'snapshot age');
}

test('a fresh snapshot passes', async () => {
  expect(await checked('fresh')).toMatchObject({ status: 'pass' });
});

test('the same snapshot, when no newer one has come for two days', async () => {
  const snapshot = stage.stack.rds.regions.get(stage.config.region)?.snapshots.get(identifier);
  if (!snapshot) throw new Error('The stage does not know its snapshot.');
  const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
  Object.assign(snapshot, { createTime: twoDaysAgo, originalCreateTime: twoDaysAgo });
  const finding = await checked('stale');
  expect(finding).toMatchObject({ status: 'fail', advice: expect.stringContaining('backup now') });
  if (finding) verdicts.push({ damage: 'a stale snapshot: the newest is two days old', finding });
});

test('the page of damage and verdict has what is found', async () => {
  expect(verdicts).toHaveLength(1);
  const { written, made } = await damageTable('checked', verdicts);
  expect(written).toBe(made);
});
