import { isDeepStrictEqual } from 'node:util';
import { attribute } from '../../aws/cloudformation.ts';
import type { Deployment } from '../../aws/deployment.ts';
import { scheduleResources } from '../../aws/schedules.ts';

/** What Scheduler puts on the queue of a stage's alarms, and how often. */
export interface QueueSchedule {
  readonly name: string;
  readonly everyMilliseconds: number;
  message(scheduledAt: Date): object;
}

interface Schedule {
  readonly Name: string;
  readonly ScheduleExpression: string;
  readonly Target: { readonly Arn: unknown; readonly Input: string };
}

const unitMilliseconds = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The template's own, at a rate alone: for one at a time of day nobody sits through the night with a local stack. */
export function queueSchedules(deployment: Deployment): QueueSchedule[] {
  return Object.values(scheduleResources(deployment)).flatMap(({ Properties }) => {
    const { Name: name, ScheduleExpression, Target } = Properties as unknown as Schedule;
    if (!isDeepStrictEqual(Target.Arn, attribute('AlarmQueue', 'Arn'))) return [];
    const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
    if (amount === undefined) return [];
    const everyMilliseconds = Number(amount) * unitMilliseconds[unit as keyof typeof unitMilliseconds];
    return [{ name, everyMilliseconds, message: (at: Date) => messageOf(Target.Input, at) }];
  });
}

function messageOf(input: string, at: Date): object {
  const time = at.toISOString().replace(/\.\d{3}Z$/, 'Z');
  return JSON.parse(input.replaceAll('<aws.scheduler.scheduled-time>', time)) as object;
}

export interface RunningSchedules {
  stop(): Promise<void>;
}

/** Puts each message when it is due, until it is stopped; `onFailure` is told of what could not be put. */
export function runSchedules(
  schedules: readonly QueueSchedule[],
  put: (message: object) => Promise<void>,
  onFailure: (said: string) => void,
): RunningSchedules {
  const underWay = new Set<Promise<void>>();
  const timers = schedules.map(({ name, everyMilliseconds, message }) =>
    setInterval(() => {
      const putting = put(message(new Date()))
        .catch((error: Error) => onFailure(`The schedule ${name} could not be run: ${error.message}`))
        .finally(() => underWay.delete(putting));
      underWay.add(putting);
    }, everyMilliseconds),
  );
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
