import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Severity, severities } from '../../shared/alarm/severity.ts';
import { hasName } from '../../shared/aws/errors.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import type { AlarmTable } from './alarm-table.ts';
import { shortKey } from './short-key.ts';

/** The window of a sink: while it is open, a few pages leave by themselves, and what is more waits for its digest. */
export interface Window {
  readonly id: string;
  readonly closesAt: number;
}

interface Asked {
  readonly sink: string;
  readonly severity: Severity;
  /** Of the message: whoever asks again for the same one is answered the same. */
  readonly id: string;
  readonly digest: AlarmsConfig['digest'];
  readonly now: Date;
}

/**
 * Asks whether a page may leave now: null where it may, else the window whose digest it belongs into. The first after a
 * quiet time opens a window, and leaves. What left by itself shortly before a window opened counts within it as well: a
 * storm that lasts from one window into the next is no more pages for that.
 */
export async function askGate(table: AlarmTable, asked: Asked): Promise<Window | null> {
  for (;;) {
    const last = await readWindow(table, asked.sink);
    const open =
      last && last.window.closesAt > asked.now.getTime() ? last : await openWindow(table, asked, last);
    if (open === undefined) continue;
    const left = open.left[asked.severity];
    if (left.some((one) => one.startsWith(shortKey(asked.id)))) return null;
    if (left.length >= mostPlaces(asked)) return open.window;
    if (await takePlace(table, asked, open.window)) return null;
  }
}

/** Its digest is closed, whatever the clocks say: nothing more goes into it. */
export async function retireWindow(
  { dynamo, name }: AlarmTable,
  { sink, windowId, now }: { readonly sink: string; readonly windowId: string; readonly now: Date },
): Promise<void> {
  await unlessRefused(
    dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key: keyOf(sink),
        UpdateExpression: 'SET closesAt = :now',
        ConditionExpression: 'windowId = :id AND closesAt > :now',
        ExpressionAttributeValues: { ':id': windowId, ':now': now.getTime() },
      }),
    ),
  );
}

interface KnownWindow {
  readonly window: Window;
  /** What has left by itself: short key and moment of each. */
  readonly left: Readonly<Record<Severity, readonly string[]>>;
}

const keptSeconds = 86_400;

const keyOf = (sink: string) => ({ pk: `window#${sink}`, sk: 'open' });
/** All that left stands in one item, which takes 400 KB: so many of each severity fit whatever the config says. */
const mostFitting = 3_000;
const mostPlaces = ({ digest }: Asked) => Math.min(digest.pagesBefore, mostFitting);
const placeOf = ({ id, now }: Asked) => `${shortKey(id)} ${now.getTime()}`;

async function readWindow({ dynamo, name }: AlarmTable, sink: string): Promise<KnownWindow | undefined> {
  const { Item } = await dynamo.send(
    new GetCommand({ TableName: name, Key: keyOf(sink), ConsistentRead: true }),
  );
  if (!Item) return undefined;
  const left = (severity: Severity) => [...((Item[severity] as ReadonlySet<string> | undefined) ?? [])];
  return {
    window: { id: String(Item.windowId), closesAt: Number(Item.closesAt) },
    left: { critical: left('critical'), warning: left('warning'), info: left('info') },
  };
}

/** Undefined where another opened one first. */
async function openWindow(
  { dynamo, name }: AlarmTable,
  { sink, digest, now }: Asked,
  last: KnownWindow | undefined,
): Promise<KnownWindow | undefined> {
  const lastsMs = digest.windowSeconds * 1_000;
  // Whoever opens one in the same moment, or by another clock, opens another.
  const window = {
    id: `${now.toISOString()}-${randomBytes(4).toString('hex')}`,
    closesAt: now.getTime() + lastsMs,
  };
  const isRecent = (one: string) => Number(one.split(' ')[1]) > now.getTime() - lastsMs;
  const left = (severity: Severity) => last?.left[severity].filter(isRecent) ?? [];
  const opened = {
    window,
    left: { critical: left('critical'), warning: left('warning'), info: left('info') },
  };
  const sets = severities.flatMap((severity) =>
    opened.left[severity].length > 0 ? [[severity, new Set(opened.left[severity])] as const] : [],
  );
  const isOpened = await unlessRefused(
    dynamo.send(
      new PutCommand({
        TableName: name,
        Item: {
          ...keyOf(sink),
          windowId: window.id,
          closesAt: window.closesAt,
          ...Object.fromEntries(sets),
          expiresAt: Math.floor(window.closesAt / 1_000) + keptSeconds,
        },
        ConditionExpression: last
          ? 'attribute_not_exists(pk) OR windowId = :last'
          : 'attribute_not_exists(pk)',
        ...(last ? { ExpressionAttributeValues: { ':last': last.window.id } } : {}),
      }),
    ),
  );
  return isOpened ? opened : undefined;
}

/** False where others took what was left, or the window is another by now. */
async function takePlace({ dynamo, name }: AlarmTable, asked: Asked, window: Window): Promise<boolean> {
  return unlessRefused(
    dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key: keyOf(asked.sink),
        UpdateExpression: 'ADD #severity :ids',
        ConditionExpression:
          'windowId = :id AND (attribute_not_exists(#severity) OR size(#severity) < :most)',
        ExpressionAttributeNames: { '#severity': asked.severity },
        ExpressionAttributeValues: {
          ':ids': new Set([placeOf(asked)]),
          ':id': window.id,
          ':most': mostPlaces(asked),
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
