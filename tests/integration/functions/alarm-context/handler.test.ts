import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { handler } from '../../../../functions/alarm-context/handler.ts';
import { lambdaContext } from '../../../../infra/local/lambda/lambda-context.ts';
import type { DatabaseContext } from '../../../../shared/alarm/page.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

/** The function itself, against an instance that RDS describes; its SDKs read this process's environment. */

let stage: JobStage;
beforeAll(async () => {
  stage = await startJobStage();
  Object.assign(process.env, stage.environment, { POWERTOOLS_LOG_LEVEL: 'SILENT' });
}, 60_000);
afterEach(() => void jest.restoreAllMocks());
afterAll(() => stage?.stop());

const ask = (event: unknown): Promise<DatabaseContext> =>
  Reflect.apply(handler, undefined, [event, lambdaContext('nightshift-demo-alarm-context', 10_000)]);

const looks = () => stage.stack.gateway.calls.filter(({ action }) => action === 'DescribeDBInstances').length;

test('says what a database is doing, and looks up where it is once in five minutes', async () => {
  const before = looks();
  const doings = await ask({ database: 'menotime' });
  expect(doings).toMatchObject({ locks: [], maxConnections: expect.any(Number) });
  await ask({ database: 'menotime' });
  expect(looks() - before).toBe(1);
  const now = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => now + 301_000);
  await ask({ database: 'menotime' });
  expect(looks() - before).toBe(2);
});

test.each([undefined, {}, { database: 7 }, { database: 'menotime', statement: 'DROP TABLE patients' }])(
  'refuses what alarm-fanout does not ask: %j',
  async (event) => {
    await expect(ask(event)).rejects.toThrow('alarm-context is asked by alarm-fanout');
  },
);

test('a database that the config does not name is not asked', async () => {
  const before = looks();
  await expect(ask({ database: 'ledger' })).rejects.toThrow('The config names no database ledger.');
  expect(looks()).toBe(before);
});
