import { createHash } from 'node:crypto';
import { partitionOf } from '../../../shared/config/names.ts';
import { cut } from './text.ts';

export interface AlarmArn {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

/** Undefined for what is no ARN of an alarm. */
export function parseAlarmArn(arn: string): AlarmArn | undefined {
  const found = /^arn:[a-z-]{1,20}:cloudwatch:([a-z0-9-]{1,30}):(\d{12}):alarm:(.+)$/s.exec(arn);
  if (!found) return undefined;
  const [, region = '', account = '', name = ''] = found;
  return { arn, region, account, name };
}

export function alarmArn({ region, account, name }: Omit<AlarmArn, 'arn'>): string {
  return `arn:${partitionOf(region)}:cloudwatch:${region}:${account}:alarm:${name}`;
}

/** A sort key of DynamoDB takes 1,024 bytes. */
const longestKeyBytes = 1_000;

/** What an alarm is known by. The ARN itself, but for names that are longer than CloudWatch's own can be. */
export function alarmKey(arn: string): string {
  if (arn.length <= longestKeyBytes && Buffer.byteLength(arn) <= longestKeyBytes && arn.isWellFormed()) {
    return arn;
  }
  const hash = createHash('sha256').update(arn).digest('hex').slice(0, 32);
  return `${cut(arn, 200)}#${hash}`;
}

/** One of the series that an alarm looks at, which goes on and off by itself. */
export function contributorKey(arn: string, contributor: string): string {
  return alarmKey(`${arn}:contributor:${contributor}`);
}
