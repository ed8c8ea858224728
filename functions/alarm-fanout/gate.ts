import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Severity } from '../../shared/alarm/severity.ts';
import { hasName } from '../../shared/aws/errors.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import type { AlarmTable } from './alarm-table.ts';
import { shortKey } from './short-key.ts';

/** The window of a sink: while it is open, a few pages leave by themselves, and what is more waits for its digest. */
export interface Window {
  readonly id: string;
  readonly closesAt: number;
}

/** `page`: it may leave by itself. `digest`: it belongs into the digest of the window. */
export type Gate = { readonly kind: 'page' } | { readonly kind: 'digest'; readonly window: Window };

interface Asked {
  readonly sink: string;
  readonly severity: Severity;
  /** Of the message: whoever asks again for the same one is answered the same. */
  readonly id: string;
  readonly digest: AlarmsConfig['digest'];
  readonly now: Date;
}

/** Asks whether a page may leave now. The first after a quiet time opens a window, and leaves. */
export async function askGate(table: AlarmTable, asked: Asked): Promise<Gate> {
  for (;;) {
    const open = await readWindow(table, asked);
    if (!open) {
      if (await openWindow(table, asked)) return { kind: 'page' };
      continue;
    }
    const { window, left } = open;
    if (left.has(shortKey(asked.id))) return { kind: 'page' };
    if (left.size >= asked.digest.pagesBefore) return { kind: 'digest', window };
    if (await takePlace(table, asked, window)) return { kind: 'page' };
  }
}

interface OpenWindow {
  readonly window: Window;
  /** What has left by itself, of the asked severity. */
  readonly left: ReadonlySet<string>;
}

const keptSeconds = 86_400;

const keyOf = (sink: string) => ({ pk: `window#${sink}`, sk: 'open' });

async function readWindow(
  { dynamo, name }: AlarmTable,
  { sink, severity, now }: Asked,
): Promise<OpenWindow | undefined> {
  const { Item } = await dynamo.send(
    new GetCommand({ TableName: name, Key: keyOf(sink), ConsistentRead: true }),
  );
  if (!Item || Number(Item.closesAt) <= now.getTime()) return undefined;
  const window = { id: String(Item.windowId), closesAt: Number(Item.closesAt) };
  return { window, left: (Item[severity] as ReadonlySet<string> | undefined) ?? new Set() };
}

/** False where another opened one first. */
async function openWindow({ dynamo, name }: AlarmTable, asked: Asked): Promise<boolean> {
  const { sink, severity, id, digest, now } = asked;
  const closesAt = now.getTime() + digest.windowSeconds * 1_000;
  return unlessRefused(
    dynamo.send(
      new PutCommand({
        TableName: name,
        Item: {
          ...keyOf(sink),
          windowId: now.toISOString(),
          closesAt,
          [severity]: new Set([shortKey(id)]),
          expiresAt: Math.floor(closesAt / 1_000) + keptSeconds,
        },
        ConditionExpression: 'attribute_not_exists(pk) OR closesAt <= :now',
        ExpressionAttributeValues: { ':now': now.getTime() },
      }),
    ),
  );
}

/** False where others took what was left, or the window is another by now. */
async function takePlace({ dynamo, name }: AlarmTable, asked: Asked, window: Window): Promise<boolean> {
  const { sink, severity, id, digest } = asked;
  return unlessRefused(
    dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key: keyOf(sink),
        UpdateExpression: 'ADD #severity :ids',
        ConditionExpression:
          'windowId = :id AND (attribute_not_exists(#severity) OR size(#severity) < :most)',
        ExpressionAttributeNames: { '#severity': severity },
        ExpressionAttributeValues: {
          ':ids': new Set([shortKey(id)]),
          ':id': window.id,
          ':most': digest.pagesBefore,
        },
      }),
    ),
  );
}

async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (hasName(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
