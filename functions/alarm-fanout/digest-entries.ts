import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Alert } from '../../shared/alarm/alert.ts';
import { hasName } from '../../shared/aws/errors.ts';
import type { AlarmTable } from './alarm-table.ts';
import { type DigestName, memberOf } from './digest-name.ts';
import type { Window } from './gate.ts';
import { partOf } from './short-key.ts';

/** `still`: people knew that it is on, and are reminded. */
export const entryKinds = ['on', 'still', 'over'] as const;

export interface DigestEntry {
  readonly kind: (typeof entryKinds)[number];
  readonly alert: Alert;
}

/** A digest lies in so many items: each takes 400 KB, and writes to one wait for each other. */
const shards = 64;
/** As long as an order to close it may lie among the dead letters. */
const keptSeconds = 30 * 86_400;

/** As many bytes as closing takes, so that an item that is full can be closed: they make way for it. */
const roomToClose = '-'.repeat(64);

const keyOf = ({ sink, windowId }: DigestName, sk: string) => ({ pk: `digest#${sink}#${windowId}`, sk });

/**
 * Puts a change into the digest of an open window; the same twice is there once. False where it was closed before, or
 * has no room: what is in it already is told with it.
 */
export async function addToDigest(
  { dynamo, name }: AlarmTable,
  { sink, window }: { readonly sink: string; readonly window: Window },
  { kind, alert }: DigestEntry,
): Promise<boolean> {
  const Key = keyOf({ sink, windowId: window.id }, `shard#${partOf(alert.key, shards)}`);
  const entry = `${kind}_${memberOf(alert)}`;
  try {
    await dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key,
        UpdateExpression: 'SET #entry = :entry, expiresAt = :expiresAt, room = :room',
        ConditionExpression: 'attribute_not_exists(closed)',
        ExpressionAttributeNames: { '#entry': entry },
        ExpressionAttributeValues: {
          ':entry': JSON.stringify(inShort(alert)),
          ':room': roomToClose,
          ':expiresAt': Math.floor(window.closesAt / 1_000) + keptSeconds,
        },
      }),
    );
    return true;
  } catch (error) {
    if (isFull(error)) return false;
    if (!hasName(error, 'ConditionalCheckFailedException')) throw error;
    const { Item = {} } = await dynamo.send(new GetCommand({ TableName: name, Key, ConsistentRead: true }));
    return entry in Item;
  }
}

/** The item has its 400 KB: of DynamoDB's refusals, only the words tell which it is. */
function isFull(error: unknown): boolean {
  return hasName(error, 'ValidationException') && /item size/i.test((error as Error).message);
}

/** A digest has a line for it: what else is known would not fit. */
function inShort(alert: Alert): Alert {
  const summary = alert.summary.slice(0, 300);
  return {
    ...alert,
    summary,
    name: alert.name.slice(0, 255),
    description: null,
    reason: null,
    metric: null,
    children: [],
  };
}

/** Closes a digest for whoever would add to it, and gives every entry that it will ever have. The same each time. */
export async function closeDigest(table: AlarmTable, digest: DigestName, now: Date): Promise<DigestEntry[]> {
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  const found = await Promise.all(numbers.map((shard) => closeShard(table, digest, shard, now)));
  return found.flat();
}

async function closeShard(
  { dynamo, name }: AlarmTable,
  digest: DigestName,
  shard: number,
  now: Date,
): Promise<DigestEntry[]> {
  const { Attributes = {} } = await dynamo.send(
    new UpdateCommand({
      TableName: name,
      Key: keyOf(digest, `shard#${shard}`),
      UpdateExpression: 'SET closed = :closed, expiresAt = :expiresAt REMOVE room',
      ExpressionAttributeValues: {
        ':closed': true,
        ':expiresAt': Math.floor(now.getTime() / 1_000) + keptSeconds,
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return Object.entries(Attributes).flatMap(([attribute, entry]) => {
    const kind = entryKinds.find((one) => attribute.startsWith(`${one}_`));
    return kind ? [{ kind, alert: JSON.parse(String(entry)) as Alert }] : [];
  });
}

/** Who tells a digest: we, nobody any more, or another who may be killed in it, and has until then. */
export type Claim =
  | { readonly kind: 'ours' }
  | { readonly kind: 'told' }
  | { readonly kind: 'of another'; readonly until: number };

/** Claims a digest for as long as whoever claims it may live: what orders its closing comes more than once, and at once. */
export async function claimDigest(
  { dynamo, name }: AlarmTable,
  digest: DigestName,
  { now, lastsMs }: { readonly now: Date; readonly lastsMs: number },
): Promise<Claim> {
  const Key = keyOf(digest, 'told');
  try {
    await dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key,
        UpdateExpression: 'SET claimedUntil = :until, claimedBy = :me, expiresAt = :expiresAt',
        // ":me" also holds where our own write arrived, and was sent again for want of its answer.
        ConditionExpression:
          'attribute_not_exists(isTold) AND (attribute_not_exists(claimedUntil) OR claimedUntil <= :now OR claimedBy = :me)',
        ExpressionAttributeValues: {
          ':me': randomUUID(),
          ':until': now.getTime() + lastsMs,
          ':now': now.getTime(),
          ':expiresAt': Math.floor(now.getTime() / 1_000) + keptSeconds,
        },
      }),
    );
    return { kind: 'ours' };
  } catch (error) {
    if (!hasName(error, 'ConditionalCheckFailedException')) throw error;
    const { Item = {} } = await dynamo.send(new GetCommand({ TableName: name, Key, ConsistentRead: true }));
    return Item.isTold === true
      ? { kind: 'told' }
      : { kind: 'of another', until: Number(Item.claimedUntil ?? now.getTime()) };
  }
}

export async function markTold({ dynamo, name }: AlarmTable, digest: DigestName, now: Date): Promise<void> {
  const expiresAt = Math.floor(now.getTime() / 1_000) + keptSeconds;
  const Item = { ...keyOf(digest, 'told'), isTold: true, expiresAt };
  await dynamo.send(new PutCommand({ TableName: name, Item }));
}
