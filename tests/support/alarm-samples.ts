import { readdirSync, readFileSync } from 'node:fs';
import { classify, type Tags } from '../../functions/alarm-fanout/classify.ts';
import { normalise } from '../../functions/alarm-fanout/normalise/normalise.ts';
import type {
  Ignored,
  Observed,
  Tellable,
  Trigger,
} from '../../functions/alarm-fanout/normalise/observed.ts';
import { queuedMessages } from '../../functions/alarm-fanout/normalise/queued-message.ts';
import type { Alert } from '../../shared/alarm/alert.ts';
import { stageConfig } from './stage-config.ts';

const folder = new URL('../../events/', import.meta.url);
const prefix = 'alarm-fanout.';

/** Names of the samples in events/, such as `sns-metric`, of those that begin like this. */
export function sampleNames(beginning = ''): string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(prefix + beginning))
    .map((file) => file.slice(prefix.length, -'.json'.length));
}

export function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${prefix}${name}.json`, folder), 'utf8'));
}

export const stage = { stage: 'prod', config: stageConfig() };

/** Whatever a sample comes to: alerts, triggers, or why nobody is told. */
export function readSample(name: string): (Alert | Trigger | Ignored)[] {
  return queuedMessages(sample(name))
    .flatMap(normalise)
    .map((one) => (isTellable(one) ? classify(one, stage) : one));
}

export function isTellable(observed: Observed): observed is Tellable {
  return observed.kind === 'alarm' || observed.kind === 'rds' || observed.kind === 'run';
}

/** The alerts of one event, as its source sends it. */
export function alertsOf(raw: unknown, tags: Tags = {}, of = stage): Alert[] {
  return queuedMessages(raw)
    .flatMap(normalise)
    .filter(isTellable)
    .map((one) => classify(one, of, tags));
}
