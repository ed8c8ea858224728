import { createHash } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Page } from '../../shared/alarm/page.ts';
import { hasName } from '../../shared/aws/errors.ts';
import { type IncidentThread, momentOf, noThread, shortPage } from './incident-order.ts';

/** Where a sink's threads are kept: in the table of alarms. */
export interface ThreadTable {
  readonly dynamo: DynamoDBDocumentClient;
  readonly name: string;
  readonly sink: string;
  /** Whether pages are kept with them, to be sent once more. */
  readonly keepsPages: boolean;
}

/** An alarm may stay on for long before its recovery looks for what it answers. */
const keptDays = 400;
/** Of a key of DynamoDB. */
const mostKeyBytes = 1_024;

/** Notes that a page is about to be sent, and answers all that is known then. What is older than a note changes nothing. */
export async function noteSending(table: ThreadTable, page: Page, now: Date): Promise<IncidentThread> {
  if (page.effect === 'none') return readThread(table, page.incident);
  const at = momentOf(page);
  const entry = { at, page: table.keepsPages ? JSON.stringify(shortPage(page)) : null };
  return update(table, page.incident, page.effect === 'opens' ? 'opened' : 'over', entry, now);
}

/** Keeps what Slack knows a message by, for those that answer it. */
export async function noteRoot(table: ThreadTable, page: Page, ts: string, now: Date): Promise<void> {
  await update(table, page.incident, 'root', { at: momentOf(page), ts }, now);
}

/** Notes that the fallback is about to be told of a page that opens an incident, and answers all that is known then. */
export async function noteElsewhere(table: ThreadTable, page: Page, now: Date): Promise<IncidentThread> {
  return update(table, page.incident, 'elsewhere', { at: momentOf(page), page: null }, now);
}

/** Notes that the fallback has been told that an incident is over. */
export async function noteEnded(table: ThreadTable, page: Page, now: Date): Promise<void> {
  await update(table, page.incident, 'ended', { at: momentOf(page), page: null }, now);
}

export async function readThread(
  { dynamo, name, sink }: ThreadTable,
  incident: string,
): Promise<IncidentThread> {
  const { Item } = await dynamo.send(
    new GetCommand({ TableName: name, Key: keyOf(sink, incident), ConsistentRead: true }),
  );
  return threadOf(Item);
}

async function update(
  table: ThreadTable,
  incident: string,
  attribute: 'opened' | 'over' | 'root' | 'elsewhere' | 'ended',
  entry: StoredEntry | StoredRoot,
  now: Date,
): Promise<IncidentThread> {
  const { dynamo, name, sink } = table;
  try {
    const { Attributes } = await dynamo.send(
      new UpdateCommand({
        TableName: name,
        Key: keyOf(sink, incident),
        UpdateExpression: 'SET #attribute = :entry, expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(#attribute) OR #attribute.#at <= :at',
        ExpressionAttributeNames: { '#attribute': attribute, '#at': 'at' },
        ExpressionAttributeValues: {
          ':entry': entry,
          ':at': entry.at,
          ':expiresAt': Math.floor(now.getTime() / 1_000) + keptDays * 86_400,
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return threadOf(Attributes);
  } catch (error) {
    if (hasName(error, 'ConditionalCheckFailedException')) return readThread(table, incident);
    throw error;
  }
}

function keyOf(sink: string, incident: string) {
  const fits = Buffer.byteLength(incident) <= mostKeyBytes && incident.isWellFormed();
  return {
    pk: `thread#${sink}`,
    sk: fits ? incident : `sha256:${createHash('sha256').update(incident).digest('hex')}`,
  };
}

interface StoredEntry {
  readonly at: string;
  readonly page: string | null;
}

interface StoredRoot {
  readonly at: string;
  readonly ts: string;
}

function threadOf(item: Record<string, unknown> | undefined): IncidentThread {
  if (!item) return noThread;
  const { opened, over, root, elsewhere, ended } = item as {
    opened?: StoredEntry;
    over?: StoredEntry;
    root?: StoredRoot;
    elsewhere?: StoredEntry;
    ended?: StoredEntry;
  };
  return {
    opened: entryOf(opened),
    over: entryOf(over),
    root: root ?? null,
    elsewhere: entryOf(elsewhere),
    ended: entryOf(ended),
  };
}

function entryOf(stored: StoredEntry | undefined): IncidentThread['opened'] {
  if (!stored) return null;
  return { at: stored.at, page: stored.page === null ? null : (JSON.parse(stored.page) as Page) };
}
