import * as z from 'zod/mini';
import { describeIssues } from '../../../shared/job/describe-issues.ts';
import { EventRefusedError } from '../../../shared/job/errors.ts';
import { cut } from './text.ts';

const expected = `alarm-fanout reads from its queue:
  - CloudWatch's events "CloudWatch Alarm State Change", "… Contributor State Change" and "… Configuration Change"
  - what an alarm sends to SNS or to a function, and RDS events by EventBridge or SNS
  - messages of failed runs, with the attributes "job" and "status"
  - { "trigger": "tick" }, { "trigger": "heartbeat", "scheduledTime": "2026-01-02T08:00:00Z" },
    { "trigger": "digest", "sink": "chat", "windowId": "…" }, { "trigger": "test", "sink": "chat" }`;

/** It becomes an attribute of a message, and a line in a log. */
const longestFault = 2_500;
const mostBytes = 3_000;

/** Throws EventRefusedError: what is wrong, in at most 4 KB whatever came, and what is read instead. */
export function refuse(fault: string): never {
  throw new EventRefusedError(`This message cannot be read: ${attributeText(fault)}\n${expected}`);
}

/** SQS refuses an attribute with a character that XML does not have. */
function attributeText(text: string): string {
  const short = cut(text, longestFault).replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ');
  // A character has four bytes at most.
  return Buffer.byteLength(short) <= mostBytes ? short : cut(short, mostBytes / 4);
}

/** Holds what came against a shape. Throws EventRefusedError, naming the shape and each fault. */
export function check<T extends z.core.$ZodType>(
  schema: T & z.ZodMiniType,
  raw: unknown,
  shape: string,
): z.output<T> {
  const parsed = schema.safeParse(raw, { error: describeIssues.locale });
  if (parsed.success) return parsed.data as z.output<T>;
  return refuse(`as ${shape} it has faults:\n${describeIssues(parsed.error.issues)}`);
}

/** What an alarm can be told without: read where it is as it should be, left out where it is not. */
export function loosely<T extends z.ZodMiniType>(schema: T) {
  return z.catch(z.nullish(schema), null);
}
