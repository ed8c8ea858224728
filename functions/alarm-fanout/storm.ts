import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AlarmTable } from './alarm-table.ts';
import { shortKey } from './short-key.ts';

interface StormAt {
  readonly sink: string;
  readonly incident: string;
}

const keptDays = 400;

/**
 * Tells which alarms a storm began with, or that some are over, in either order and as often as it takes. True where
 * it is known of all of them now that they are over.
 */
export async function noteStorm(
  { dynamo, name }: AlarmTable,
  { sink, incident }: StormAt,
  what: 'began' | 'over',
  keys: readonly string[],
  now: Date,
): Promise<boolean> {
  const { Attributes = {} } = await dynamo.send(
    new UpdateCommand({
      TableName: name,
      Key: { pk: `incident#${sink}`, sk: incident },
      UpdateExpression: 'ADD #what :keys SET expiresAt = :expiresAt',
      ExpressionAttributeNames: { '#what': what },
      ExpressionAttributeValues: {
        ':keys': new Set(keys.map(shortKey)),
        ':expiresAt': Math.floor(now.getTime() / 1_000) + keptDays * 86_400,
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  const began: ReadonlySet<string> | undefined = Attributes.began;
  const over: ReadonlySet<string> = Attributes.over ?? new Set();
  return began !== undefined && [...began].every((key) => over.has(key));
}
