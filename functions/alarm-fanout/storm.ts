import { PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AlarmTable } from './alarm-table.ts';
import { partOf } from './short-key.ts';

interface StormAt {
  readonly sink: string;
  readonly incident: string;
}

const keptDays = 400;
/** Its members lie in so many items: what is written to one waits for each other, and costs by the item's size. */
const parts = 32;

const pkOf = ({ sink }: StormAt) => `incident#${sink}`;
const expiresAt = (now: Date) => Math.floor(now.getTime() / 1_000) + keptDays * 86_400;

interface Part {
  readonly began?: ReadonlySet<string>;
  readonly over?: ReadonlySet<string>;
  /** Of the one item that says that every member is written down. */
  readonly isComplete?: boolean;
}

/** Tells all members that a storm began with, as often as it takes. True where each of them is over already. */
export async function noteBegan(
  table: AlarmTable,
  storm: StormAt,
  members: readonly string[],
  now: Date,
): Promise<boolean> {
  const byPart = Map.groupBy(members, (member) => partOf(member, parts));
  await Promise.all([...byPart.values()].map((some) => add(table, storm, 'began', some, now)));
  await table.dynamo.send(
    new PutCommand({
      TableName: table.name,
      Item: { pk: pkOf(storm), sk: `${storm.incident}#members`, isComplete: true, expiresAt: expiresAt(now) },
    }),
  );
  return isOver(table, storm);
}

/**
 * Tells that a member is over, before the storm began or after, as often as it takes. True where it was the last of
 * them: whoever writes last, member or storm, sees what the other wrote.
 */
export async function noteOver(
  table: AlarmTable,
  storm: StormAt,
  member: string,
  now: Date,
): Promise<boolean> {
  const part = await add(table, storm, 'over', [member], now);
  return part.began !== undefined && isPartOver(part) && isOver(table, storm);
}

async function add(
  { dynamo, name }: AlarmTable,
  storm: StormAt,
  what: 'began' | 'over',
  members: readonly string[],
  now: Date,
): Promise<Part> {
  const { Attributes = {} } = await dynamo.send(
    new UpdateCommand({
      TableName: name,
      Key: { pk: pkOf(storm), sk: `${storm.incident}#${partOf(members[0] ?? '', parts)}` },
      UpdateExpression: 'ADD #what :members SET expiresAt = :expiresAt',
      ExpressionAttributeNames: { '#what': what },
      ExpressionAttributeValues: { ':members': new Set(members), ':expiresAt': expiresAt(now) },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return Attributes;
}

async function isOver({ dynamo, name }: AlarmTable, storm: StormAt): Promise<boolean> {
  const found: Part[] = [];
  const pages = paginateQuery(
    { client: dynamo },
    {
      TableName: name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :incident)',
      ExpressionAttributeValues: { ':pk': pkOf(storm), ':incident': `${storm.incident}#` },
    },
  );
  for await (const { Items = [] } of pages) found.push(...(Items as Part[]));
  return found.some(({ isComplete }) => isComplete === true) && found.every(isPartOver);
}

function isPartOver({ began = new Set(), over = new Set() }: Part): boolean {
  return [...began].every((member) => over.has(member));
}
