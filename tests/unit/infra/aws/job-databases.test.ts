import { expect, test } from '@jest/globals';
import { describeDeployment } from '../../../../infra/aws/deployment.ts';
import { scheduleResources, startedFunctions } from '../../../../infra/aws/schedules.ts';
import { type StageConfig, stageSchema } from '../../../../shared/config/schema.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const { snapshotExport: _, ...bare } = stageInput.databases.menotime;
const jobs = ['audit-archive', 'backup-verify', 'drill-reaper', 'restore-drill', 'snapshot-export'];
const deploy = (config: StageConfig) => describeDeployment('test', config, jobs);

test('a job that no database has is left out of the stage: its function, its role and its time', () => {
  const { functionNames, files, executionSeconds } = deploy(stageConfig());
  expect(Object.keys(functionNames)).toEqual(['snapshot-export']);
  expect(Object.keys(executionSeconds)).toEqual(['snapshot-export']);
  expect(files['snapshot-export']).toEqual({
    function: 'functions/snapshot-export/function.yml',
    role: 'functions/snapshot-export/role.yml',
  });
  for (const job of jobs.filter((job) => job !== 'snapshot-export')) {
    expect([job, files[job]]).toEqual([
      job,
      { function: 'infra/aws/nothing.yml', role: 'infra/aws/nothing.yml' },
    ]);
  }
});

test('a job is deployed without the others, and drills with what removes those that were left behind', () => {
  const drilled = deploy(stageConfig({ menotime: { ...bare, restoreDrill: {} } }));
  expect(Object.keys(drilled.functionNames).sort()).toEqual(['drill-reaper', 'restore-drill']);
  const verified = deploy(stageConfig({ menotime: { ...bare, backupVerify: {} } }));
  expect(Object.keys(verified.functionNames)).toEqual(['backup-verify']);
});

test('a job that the project does not have yet is not deployed, whatever the config says', () => {
  const config = stageConfig({ menotime: { ...bare, snapshotExport: {}, restoreDrill: {} } });
  const deployment = describeDeployment('test', config, ['snapshot-export']);
  expect(deployment.files['restore-drill']?.function).toBe('infra/aws/nothing.yml');
  expect(Object.keys(scheduleResources(deployment))).toEqual(['SnapshotDashexportScheduleMenotime']);
  expect(startedFunctions(deployment)).toEqual([{ Ref: 'SnapshotDashexportDurableLambdaAlias' }]);
});

test('a drill may take until its instance has expired and is deleted', () => {
  const restoreDrill = { expiresAfterHours: 10, patience: { deleteHours: 2 } };
  const { executionSeconds } = deploy(stageConfig({ menotime: { ...bare, restoreDrill } }));
  expect(executionSeconds).toEqual({ 'restore-drill': (10 + 2 + 1) * 3_600 });
});

test('functions of the pipe are deployed where the stage says where alarms go, and are none of the jobs', () => {
  const pipe = ['alarm-context', 'alarm-delivery', 'alarm-fanout', 'alarm-intake'];
  const described = (alarms: object | undefined) =>
    describeDeployment('test', stageSchema.parse({ ...stageInput, alarms }), [...jobs, ...pipe]);
  expect(described(undefined)).toMatchObject({ pipeFunctionNames: {}, pipeFile: 'infra/aws/nothing.yml' });
  const { functionNames, pipeFunctionNames, pipeFile, files } = described(alarmsInput);
  expect(Object.keys(pipeFunctionNames)).toEqual(pipe);
  expect(Object.keys(functionNames)).toEqual(['snapshot-export']);
  expect([pipeFile, files['alarm-fanout']?.role]).toEqual([
    'infra/aws/alarm-pipe.yml',
    'functions/alarm-fanout/role.yml',
  ]);
  const blind = described({ ...alarmsInput, context: { database: false } });
  // What may sign in to databases is left out where nobody asks for what they do.
  expect(Object.keys(blind.pipeFunctionNames)).not.toContain('alarm-context');
});
