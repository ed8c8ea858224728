import { observeAlarmAction } from './alarm-action.ts';
import { observeAlarmEvent } from './alarm-event.ts';
import { observeAlarmMessage } from './alarm-message.ts';
import type { Observed } from './observed.ts';
import type { QueuedMessage } from './queued-message.ts';
import { observeRdsEvent, observeRdsMessage } from './rds-event.ts';
import { refuse } from './refuse.ts';
import { isOfRun, observeRun } from './run-message.ts';
import { observeTrigger } from './trigger.ts';
import { type Delivered, unwrap } from './unwrap.ts';

/** What SQS carries at most, and a little. */
const longestBody = 1_100_000;

/**
 * Everything that a message on the queue says, in whichever shape and envelope. Throws EventRefusedError, of at most
 * 4 KB, for what cannot be read; nothing else, whatever came.
 */
export function normalise(message: QueuedMessage): Observed[] {
  if (message.body.length > longestBody) return refuse('it is longer than SQS can carry');
  return unwrap(message).flatMap(observe);
}

function observe(delivered: Delivered): Observed | Observed[] {
  if (isOfRun(delivered)) return observeRun(delivered);
  const { json } = delivered;
  if (json === null) return refuse('it is no JSON object, and has no attributes of a run');
  if ('trigger' in json) return observeTrigger(json);
  if ('source' in json) return observeSource(json);
  if ('AlarmName' in json) return observeAlarmMessage(json);
  if ('Event Source' in json) return observeRdsMessage(json, delivered);
  return refuse('nothing in it says what it is');
}

function observeSource(json: object & { readonly source: unknown }): Observed | Observed[] {
  if (json.source === 'aws.rds') return observeRdsEvent(json);
  if (json.source !== 'aws.cloudwatch') return refuse('its source is neither aws.cloudwatch nor aws.rds');
  return 'alarmData' in json ? observeAlarmAction(json) : observeAlarmEvent(json);
}
