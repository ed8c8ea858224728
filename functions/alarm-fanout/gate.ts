import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Severity } from '../../shared/alarm/severity.ts';
import { hasName } from '../../shared/aws/errors.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import type { AlarmTable } from './alarm-table.ts';

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
    const { window, pages } = open;
    if ((pages[asked.severity] ?? 0) >= asked.digest.pagesBefore) return { kind: 'digest', window };
    if (await takePlace(table, asked, window)) return { kind: 'page' };
  }
}

interface OpenWindow {
  readonly window: Window;
  readonly pages: Readonly<Partial<Record<Severity, number>>>;
}

const keptSeconds = 86_400;

const keyOf = (sink: string) => ({ pk: `window#${sink}`, sk: 'open' });

async function readWindow(
  { dynamo, name }: AlarmTable,
  { sink, now }: Asked,
): Promise<OpenWindow | undefined> {
  const { Item } = await dynamo.send(
    new GetCommand({ TableName: name, Key: keyOf(sink), ConsistentRead: true }),
  );
  if (!Item || Number(Item.closesAt) <= now.getTime()) return undefined;
  const { critical, warning, info } = Item;
  return {
    window: { id: String(Item.windowId), closesAt: Number(Item.closesAt) },
    pages: { critical, warning, info },
  };
}

/** False where another opened one first. */
async function openWindow({ dynamo, name }: AlarmTable, asked: Asked): Promise<boolean> {
  const { sink, severity, digest, now } = asked;
  const windowId = now.toISOString();
  const closesAt = now.getTime() + digest.windowSeconds * 1_000;
  try {
    await dynamo.send(
      new PutCommand({
        TableName: name,
        Item: {
          ...keyOf(sink),
          windowId,
          closesAt,
          [severity]: 1,
          expiresAt: Math.floor(closesAt / 1_000) + keptSeconds,
        },
        ConditionExpression: 'attribute_not_exists(pk) OR closesAt <= :now',
        ExpressionAttributeValues: { ':now': now.getTime() },
      }),
    );
    return true;
  } catch (error) {
    if (hasName(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

async function takePlace({ dynamo, name }: AlarmTable, asked: Asked, window: Window): Promise<boolean> {
  const { sink, severity, digest } = asked;
  try {
    await dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key: keyOf(sink),
        UpdateExpression: 'ADD #severity :one',
        ConditionExpression: 'windowId = :id AND (attribute_not_exists(#severity) OR #severity < :most)',
        ExpressionAttributeNames: { '#severity': severity },
        ExpressionAttributeValues: { ':one': 1, ':id': window.id, ':most': digest.pagesBefore },
      }),
    );
    return true;
  } catch (error) {
    if (hasName(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
