import { expect, test } from '@jest/globals';
import { findSeverity } from '../../../../../functions/alarm-fanout/classify/severity.ts';
import { stageSchema } from '../../../../../shared/config/schema.ts';
import { alertsOf, sample, stage } from '../../../../support/alarm-samples.ts';
import { stageInput } from '../../../../support/stage-config.ts';

const sinks = { chat: { kind: 'slack', secret: 'chat' } };
const config = stageSchema.parse({
  ...stageInput,
  alarms: {
    sinks,
    routes: [{ to: ['chat'] }],
    severities: [
      { alarms: ['*-cpu', 'rds/*/failing-over'], severity: 'info' },
      { alarms: ['*-menotime-cpu'], severity: 'critical' },
    ],
  },
});

const nothing = { tag: undefined, usual: undefined };

test.each([
  ['db-cpu-critical', 'critical'],
  ['DbCpuCritical', 'critical'],
  ['db_cpu_CRIT', 'critical'],
  ['sev1: cpu', 'critical'],
  ['SEV-0 cpu', 'critical'],
  ['[P1] cpu', 'critical'],
  ['cpuWarn', 'warning'],
  ['cpu/warning/high', 'warning'],
  ['sev2-cpu', 'warning'],
  ['cpu info', 'info'],
  ['P3 cpu', 'info'],
  ['cpu', 'warning'],
  ['criticality-report', 'warning'],
  ['p10-latency', 'warning'],
  ['information', 'warning'],
])('by the name %s alone it is %s', (name, severity) => {
  expect(findSeverity({ ...nothing, name }, stage.config)).toBe(severity);
});

test('the config goes before the tag, the tag before what is usual, and that before the name', () => {
  const name = 'nightshift-prod-menotime-cpu';
  // The first that fits.
  expect(findSeverity({ name, tag: 'critical', usual: 'critical' }, config)).toBe('info');
  expect(findSeverity({ name, tag: ' Critical', usual: 'info' }, stage.config)).toBe('critical');
  expect(findSeverity({ name: 'x-critical', tag: 'huge', usual: 'info' }, stage.config)).toBe('info');
});

test('a tag and the config reach the alert', () => {
  const cpu = sample('eventbridge-metric');
  expect(alertsOf(cpu, { 'nightshift:severity': 'critical' })[0]?.severity).toBe('critical');
  expect(alertsOf(cpu, { 'nightshift:severity': 'critical' }, { stage: 'prod', config })[0]?.severity).toBe(
    'info',
  );
  expect(alertsOf(sample('rds-0013-failover-started'), {}, { stage: 'prod', config })[0]?.severity).toBe(
    'info',
  );
});
