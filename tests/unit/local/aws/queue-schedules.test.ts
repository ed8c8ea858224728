import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { normalise } from '../../../../functions/alarm-fanout/normalise/normalise.ts';
import { readDeployment } from '../../../../infra/aws/deployment.ts';
import { queueSchedules, runSchedules } from '../../../../infra/local/aws/queue-schedules.ts';
import { restingAlarms } from '../../../../infra/local/aws/resting-alarms.ts';

const deployment = await readDeployment({ stage: 'demo', configFile: 'nightshift.config.ts' });
const minutes = 60_000;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-21T03:00:00.250Z') });
});
afterEach(() => {
  jest.useRealTimers();
});

test('what the template puts on the queue of alarms at a rate is put there as often, and understood', async () => {
  const put: object[] = [];
  const schedules = queueSchedules(deployment);
  expect(schedules.map(({ name }) => name)).toEqual(['alarm-tick']);
  const running = runSchedules(
    schedules,
    async (message) => void put.push(message),
    () => undefined,
  );
  await jest.advanceTimersByTimeAsync(4 * minutes);
  expect(put).toEqual([]);
  await jest.advanceTimersByTimeAsync(6 * minutes);
  expect(put).toEqual([
    { trigger: 'tick', scheduledTime: '2026-11-21T03:05:00Z' },
    { trigger: 'tick', scheduledTime: '2026-11-21T03:10:00Z' },
  ]);
  expect(normalise({ body: JSON.stringify(put[0]), attributes: {}, sentAt: null })).toMatchObject([
    { kind: 'trigger', trigger: 'tick' },
  ]);
  await running.stop();
  await jest.advanceTimersByTimeAsync(60 * minutes);
  expect(put).toHaveLength(2);
});

test('one that cannot be put is told, and the next one comes all the same', async () => {
  const said: string[] = [];
  const put = async () => {
    throw new Error('the queue is gone');
  };
  const running = runSchedules(queueSchedules(deployment), put, (text) => said.push(text));
  await jest.advanceTimersByTimeAsync(10 * minutes);
  await running.stop();
  expect(said).toEqual(Array(2).fill('The schedule alarm-tick could not be run: the queue is gone'));
});

test('a stage without alarms has nothing to put there', () => {
  const { alarms: _, ...config } = deployment.config;
  expect(queueSchedules({ ...deployment, config, pipeFunctionNames: {} })).toEqual([]);
});

test('CloudWatch knows the alarms of the template, and none of them is on', () => {
  const at = new Date('2026-11-21T03:00:00Z');
  const { metric = [], composite = [] } = restingAlarms(deployment, at);
  const name = 'nightshift-demo-menotime-connections';
  expect(metric.find(({ AlarmName }) => AlarmName === name)).toMatchObject({
    AlarmArn: `arn:aws:cloudwatch:us-west-1:111122223333:alarm:${name}`,
    StateValue: 'OK',
    StateTransitionedTimestamp: at,
  });
  expect(composite.map(({ AlarmName }) => AlarmName)).toEqual(['nightshift-demo-menotime-down']);
});
