import { expect, test } from '@jest/globals';
import { classify } from '../../../../functions/alarm-fanout/classify.ts';
import { normalise } from '../../../../functions/alarm-fanout/normalise/normalise.ts';
import { readDeployment } from '../../../../infra/aws/deployment.ts';
import { alarmQueueRules } from '../../../../infra/local/alarms/alarm-bus.ts';
import { stateChangeEvent, templateAlarm } from '../../../../infra/local/alarms/template-alarm.ts';
import { compilePattern } from '../../../../infra/local/events/pattern.ts';

const demo = () => readDeployment({ stage: 'demo', configFile: 'nightshift.config.ts' });
const at = new Date('2026-11-21T03:00:00.123Z');

test('the event of an alarm of the template is one that its rules take and that alarm-fanout understands', async () => {
  const deployment = await demo();
  const alarm = templateAlarm(deployment, 'DatabaseConnections');
  const event = stateChangeEvent({ alarm, value: 'ALARM', measured: 12, at });
  const rules = alarmQueueRules(deployment).filter(({ pattern }) => compilePattern(pattern)(event));
  expect(rules.map(({ functionName }) => functionName)).toEqual(['nightshift-demo-alarms']);
  const [observed] = normalise({ body: JSON.stringify(event), attributes: {}, sentAt: null });
  if (observed?.kind !== 'alarm') throw new Error(`It is taken for ${observed?.kind}.`);
  expect(classify(observed, deployment)).toMatchObject({
    name: 'nightshift-demo-menotime-connections',
    database: 'menotime',
    state: 'ALARM',
    at: at.toISOString(),
    severity: 'critical',
    summary: 'DatabaseConnections 12 over 10',
    runbook: 'docs/runbooks/database-alarms.md#connections',
    metric: { value: 12, threshold: 10, dimensions: { DBInstanceIdentifier: 'menotime-demo' } },
  });
});

test('an alarm about an instance that measures nothing is not taken for one about what it measures', async () => {
  const deployment = await demo();
  const { menotime } = deployment.config.databases;
  if (!menotime?.alarms) throw new Error('The demo has no alarms.');
  const alarms = { ...menotime.alarms, cpuPercent: null };
  const config = { ...deployment.config, databases: { menotime: { ...menotime, alarms } } };
  expect(() => templateAlarm({ ...deployment, config }, 'CPUUtilization')).toThrow(
    'no alarm on CPUUtilization',
  );
});

test('a metric that no alarm of the stage is about is refused', async () => {
  const deployment = await demo();
  expect(() => templateAlarm(deployment, 'ReplicaLag')).toThrow('no alarm on ReplicaLag');
});
