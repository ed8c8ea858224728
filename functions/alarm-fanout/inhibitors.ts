import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Alert } from '../../shared/alarm/alert.ts';
import { hasName } from '../../shared/aws/errors.ts';
import { type AlarmTable, readItems } from './alarm-table.ts';
import type { Inhibitor } from './hold.ts';

const pk = 'inhibitors';
const keptDays = 400;

/** Keeps the newest state of an alarm that may explain others; an older one changes nothing. */
export async function noteInhibitor({ dynamo, name }: AlarmTable, alert: Alert, now: Date): Promise<void> {
  const { key, name: alarm, database, children, state, at } = alert;
  const inhibitor: Inhibitor = { key, name: alarm, database, children };
  const expiresAt = Math.floor(now.getTime() / 1_000) + keptDays * 86_400;
  try {
    await dynamo.send(
      new PutCommand({
        TableName: name,
        Item: { pk, sk: key, inhibitor: JSON.stringify(inhibitor), isOn: state === 'ALARM', at, expiresAt },
        ConditionExpression: 'attribute_not_exists(pk) OR #at <= :at',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':at': at },
      }),
    );
  } catch (error) {
    if (!hasName(error, 'ConditionalCheckFailedException')) throw error;
  }
}

/** Those that are on. They are few: composite alarms, and what `inhibit` of the config names. */
export async function readInhibitors(table: AlarmTable): Promise<Inhibitor[]> {
  const found: Inhibitor[] = [];
  for await (const { isOn, inhibitor } of readItems(table, pk)) {
    if (isOn === true) found.push(JSON.parse(String(inhibitor)) as Inhibitor);
  }
  return found;
}
