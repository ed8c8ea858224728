import { beforeAll, describe, expect, test } from '@jest/globals';
import type { StageConfig } from '../../../../shared/config/schema.ts';
import { PreconditionError } from '../../../../shared/job/errors.ts';
import { connectOptions, pooledConnectOptions } from '../../../../shared/postgres/connect-job.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

beforeAll(() => {
  // A token is made from these without asking anybody.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' });
});

const instance = {
  identifier: 'menotime-prod',
  address: { host: 'instance.example', port: 5432 },
  status: 'available',
};
const jobWith = (more: object) => {
  const menotime = { ...stageInput.databases.menotime, auth: { kind: 'iam', user: 'nightshift' }, ...more };
  const config: StageConfig = stageConfig({ menotime });
  return {
    name: 'matview-refresh',
    request: { database: 'menotime', slot: '2026-01-02', dryRun: false, trigger: 'schedule' as const },
    config,
    environment: { NIGHTSHIFT_CA_FILE: '/var/task/rds.pem' },
  };
};
const pooler = { host: 'pooler.example', port: 6432 };

test('a job reaches the instance itself, by the name of its slot', async () => {
  const options = await connectOptions(jobWith({ pooler }), instance, { lockTimeoutSeconds: 3 });
  expect(options).toMatchObject({
    address: instance.address,
    credentials: { user: 'nightshift', password: expect.stringMatching(/^instance\.example:5432\//) },
    caFile: '/var/task/rds.pem',
    applicationName: 'nightshift matview-refresh 2026-01-02',
    lockTimeoutSeconds: 3,
  });
  expect(options.pooled).toBeUndefined();
});

test('an instance that has no address yet cannot be reached', async () => {
  const connecting = connectOptions(jobWith({}), { ...instance, address: null, status: 'creating' });
  await expect(connecting).rejects.toThrow(PreconditionError);
});

describe('a job that may go through a pooler', () => {
  test('does where the config names one, with a token for it, and each use is a transaction', async () => {
    expect(await pooledConnectOptions(jobWith({ pooler }), instance)).toMatchObject({
      address: pooler,
      pooled: true,
      credentials: { password: expect.stringMatching(/^pooler\.example:6432\//) },
    });
  });

  test('reaches the instance where the config names none', async () => {
    const options = await pooledConnectOptions(jobWith({}), instance);
    expect(options).toMatchObject({ address: instance.address });
    expect(options.pooled).toBeUndefined();
  });
});

test.each([
  {},
  { host: '', port: 6432 },
  { host: 'x', port: 0 },
  { host: 'x', port: 70_000 },
  { ...pooler, user: 'x' },
])('a pooler of %j is a fault of the config', (wrong) => {
  expect(() => jobWith({ pooler: wrong })).toThrow();
});
