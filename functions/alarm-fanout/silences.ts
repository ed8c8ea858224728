import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type Silence, silencesKey } from '../../shared/alarm/silence.ts';
import type { AlarmTable } from './alarm-table.ts';

/** The silences that people have set by hand and that have not ended. */
export async function readSilences({ dynamo, name }: AlarmTable, now: Date): Promise<Silence[]> {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName: name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': silencesKey },
    }),
  );
  return Items.map(({ silence }) => JSON.parse(String(silence)) as Silence).filter(
    ({ until }) => Date.parse(until) > now.getTime(),
  );
}
