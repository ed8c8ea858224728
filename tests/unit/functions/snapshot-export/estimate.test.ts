import { expect, test } from '@jest/globals';
import { estimateCost } from '../../../../functions/snapshot-export/estimate.ts';
import type { MakingPlan } from '../../../../functions/snapshot-export/plan.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const prices = {
  ...stageConfig().prices,
  snapshotExportPerGB: 0.01,
  backupStoragePerGBMonth: 0.095,
  s3StandardPerGBMonth: 0.023,
  s3GlacierPerGBMonth: 0.0036,
  interRegionPerGB: 0.02,
};
const action = { target: 'x', reason: 'y' };
const everything: MakingPlan = {
  snapshot: { ...action, kind: 'take snapshot', own: true },
  export: { ...action, kind: 'start export' },
  copy: { ...action, kind: 'copy snapshot', region: 'us-east-1' },
};

// 30.4 days are a month.
const retention = { snapshotDays: 30.4, copyDays: 60.8 };

test('new work costs what the prices say of the allocated gibibytes, in dollars and cents', () => {
  // 100 GiB are 107.374 GB.
  expect(estimateCost(everything, 100, prices, retention)).toEqual([
    { what: 'snapshot kept 30.4 days, if none of it is free', dollars: 10.2 },
    { what: 'export', dollars: 1.07 },
    { what: 'export in S3 Standard, first month', dollars: 2.47 },
    { what: 'export in Glacier, each month after', dollars: 0.39 },
    { what: 'transfer to us-east-1', dollars: 2.15 },
    { what: 'copy kept 60.8 days', dollars: 20.4 },
  ]);
});

test('what is adopted costs nothing more', () => {
  const adopting: MakingPlan = {
    snapshot: { ...action, kind: 'adopt snapshot', own: false },
    export: { ...action, kind: 'adopt export' },
    copy: { ...action, kind: 'adopt copy', region: 'us-east-1' },
  };
  expect(estimateCost(adopting, 100, prices, retention)).toEqual([]);
  expect(estimateCost({ ...adopting, export: null, copy: null }, 100, prices, retention)).toEqual([]);
});
