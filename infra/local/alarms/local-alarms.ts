import type { Deployment } from '../../aws/deployment.ts';
import { queueSchedules, runSchedules } from '../aws/queue-schedules.ts';
import { restingAlarms } from '../aws/resting-alarms.ts';
import type { LocalStack } from '../stack-options.ts';
import { Teardown } from '../teardown.ts';
import { deliverToAlarmQueue } from './alarm-bus.ts';
import { startAlarmFunctions } from './alarm-functions.ts';
import { openMailbox } from './mailbox.ts';
import type { SinkServer } from './sink-server.ts';

/** The way of alarms of a stage on this machine: from the queue of alarms to a server that stands for its sinks. */
export interface LocalAlarms {
  readonly sinks: SinkServer;
  /**
   * Starts the functions, each in a process of its own, and the template's schedules; what came before waits on the
   * queues. May be called again.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface LocalAlarmsOptions {
  readonly deployment: Deployment;
  readonly stack: LocalStack;
  readonly sinks: SinkServer;
  readonly environment: Readonly<Record<string, string>>;
  /** Told of each line that a function logs. */
  readonly onLog: (line: string) => void;
}

/** Puts the secrets of the sinks where the functions read them; starts nothing yet. */
export function localAlarms({ deployment, sinks, ...options }: LocalAlarmsOptions): LocalAlarms {
  const { names, config } = deployment;
  for (const [name, value] of Object.entries(sinks.secrets)) {
    options.stack.secrets.put({ name, value, region: config.region });
  }
  // None has ever rung: whatever an event tells is newer.
  options.stack.cloudwatch.setAlarms(config.region, restingAlarms(deployment, new Date(0)));
  const teardown = new Teardown();
  const start = async () => {
    const place = { endpoint: options.stack.endpoint, names, config };
    const mailbox = await openMailbox(place, sinks.take, options.onLog);
    teardown.add('mailbox', () => mailbox.stop());
    await startAlarmFunctions({ ...options, names, config }, teardown);
    const schedules = startSchedules(deployment, options);
    teardown.add('schedules', () => schedules.stop());
  };
  let starting: Promise<void> | undefined;
  return {
    sinks,
    start: () => {
      starting ??= start();
      return starting;
    },
    stop: async () => {
      // What is still starting could not be ended; whoever started it hears of a failure.
      await starting?.catch(() => undefined);
      await teardown.run();
    },
  };
}

/** As Scheduler would: ticks come by the queue. */
function startSchedules(
  deployment: Deployment,
  { stack, onLog }: Pick<LocalAlarmsOptions, 'stack' | 'onLog'>,
) {
  const place = { deployment, endpoint: () => stack.endpoint };
  const deliver = deliverToAlarmQueue(place, async () => undefined);
  return runSchedules(
    queueSchedules(deployment),
    (message) => deliver(deployment.names.alarmQueue, message),
    onLog,
  );
}
