import { type DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { hasName } from '../../shared/aws/errors.ts';
import type { AlarmRow } from './alarm-row.ts';
import { partOf } from './short-key.ts';

/** The table of alarms: where it is, and who asks it. */
export interface AlarmTable {
  readonly dynamo: DynamoDBDocumentClient;
  readonly name: string;
}

/** A row and the version that it was read in: a write of another's in between is refused. */
export interface Versioned {
  readonly row: AlarmRow | undefined;
  readonly version: number;
}

/** An alarm that is on is never forgotten; of one that is over, late repetitions may come for days. */
const keptDays = { on: 400, over: 30 };

/** Rows are spread over so many partitions, by their keys alone: no change of the config moves them. */
const partitions = 16;

const keyOf = (key: string) => ({ pk: `state#${partOf(key, partitions)}`, sk: key });

export async function readRow({ dynamo, name }: AlarmTable, key: string): Promise<Versioned> {
  const answer = await dynamo.send(
    new GetCommand({ TableName: name, Key: keyOf(key), ConsistentRead: true }),
  );
  return versioned(answer.Item);
}

/** False where another wrote it since `version` was read. */
export async function writeRow(
  { dynamo, name }: AlarmTable,
  row: AlarmRow,
  version: number,
  now: Date,
): Promise<boolean> {
  const days = row.alert.state === 'ALARM' ? keptDays.on : keptDays.over;
  const Item = {
    ...keyOf(row.alert.key),
    row: JSON.stringify(row),
    version: version + 1,
    expiresAt: Math.floor(now.getTime() / 1_000) + days * 86_400,
  };
  try {
    await dynamo.send(
      new PutCommand({
        TableName: name,
        Item,
        ConditionExpression: 'attribute_not_exists(pk) OR version = :version',
        ExpressionAttributeValues: { ':version': version },
      }),
    );
    return true;
  } catch (error) {
    if (hasName(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

/** Every alarm that is known. */
export async function* readRows(table: AlarmTable): AsyncGenerator<AlarmRow> {
  for (let part = 0; part < partitions; part += 1) yield* readPartition(table, `state#${part}`);
}

async function* readPartition(table: AlarmTable, pk: string): AsyncGenerator<AlarmRow> {
  for await (const item of readItems(table, pk)) {
    const { row } = versioned(item);
    if (row) yield row;
  }
}

/** Every item of a partition, as it is now, however many pages they fill. */
export async function* readItems(
  { dynamo, name }: AlarmTable,
  pk: string,
): AsyncGenerator<Record<string, unknown>> {
  const pages = paginateQuery(
    { client: dynamo },
    {
      TableName: name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    },
  );
  for await (const { Items = [] } of pages) yield* Items;
}

function versioned(item: Record<string, unknown> | undefined): Versioned {
  if (!item) return { row: undefined, version: 0 };
  return { row: JSON.parse(String(item.row)) as AlarmRow, version: Number(item.version) };
}
