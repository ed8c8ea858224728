import type { Page } from '../../shared/alarm/page.ts';
import { publishPage } from '../../shared/alarm/publish-page.ts';
import { incidentsOf, type Sending } from './alarm-row.ts';
import { readRow, type Versioned, writeRow } from './alarm-table.ts';
import { addToDigest, type DigestEntry } from './digest-entries.ts';
import type { Fanout } from './fanout.ts';
import { retireWindow, type Window } from './gate.ts';
import { alarmPage, stormOverPage } from './make-page.ts';
import { noteOver } from './storm.ts';
import { findWay, goingBy, hasOwnIncident, opens, withWays } from './ways.ts';

/** Sends what an alarm's row owes, in its order: an alarm before its recovery. */
export async function sendAll(fanout: Fanout, found: Versioned): Promise<void> {
  let known = found;
  for (;;) {
    const [sending] = known.row?.outbox ?? [];
    if (!sending) return;
    known = await send(fanout, sending, known);
  }
}

/**
 * Sends one message the way that the row says: by itself, or in the digest of a sink's window. What is sent leaves the
 * row, which is answered as it is then; where that fails, it is sent again the same way, as the same page.
 */
async function send(fanout: Fanout, sending: Sending, known: Versioned): Promise<Versioned> {
  const ways = Object.entries(sending.ways ?? {});
  if (!sending.ways) return rewrite(fanout, sending, known, (row) => withWays(fanout, row));
  for (const [sink, window] of ways) {
    if (window === null || (await putIntoDigest(fanout, { sink, window }, sending))) continue;
    await retireWindow(fanout.table, { sink, windowId: window.id, now: fanout.now() });
    const way = await findWay(fanout, sink, sending);
    return rewrite(fanout, sending, known, async (row) => goingBy(row, { id: sending.id, sink, way }));
  }
  const alone = ways.filter(([, window]) => window === null).map(([sink]) => sink);
  await sendAlone(fanout, sending, alone);
  await noteRecoveries(fanout, sending);
  return settle(fanout, sending, known);
}

/** Where another wrote the row meanwhile, what that one wrote counts. */
async function rewrite(
  { table, now }: Fanout,
  { alert }: Sending,
  { row, version }: Versioned,
  change: (row: NonNullable<Versioned['row']>) => Promise<NonNullable<Versioned['row']>>,
): Promise<Versioned> {
  if (!row) return { row, version };
  const next = await change(row);
  if (await writeRow(table, next, version, now())) return { row: next, version: version + 1 };
  return readRow(table, alert.key);
}

/** False where the digest was closed before. */
async function putIntoDigest(
  { table, closeLater, now }: Fanout,
  at: { readonly sink: string; readonly window: Window },
  { kind, alert }: Sending,
): Promise<boolean> {
  if (!(await addToDigest(table, at, { kind: entryKind(kind), alert }))) return false;
  await closeLater({ sink: at.sink, windowId: at.window.id }, secondsUntil(at.window, now()));
  return true;
}

function entryKind(kind: Sending['kind']): DigestEntry['kind'] {
  switch (kind) {
    case 'alarm':
    case 'flapping':
      return 'on';
    case 'reminder':
      return 'still';
    case 'recovery':
      return 'over';
  }
}

/** SQS holds a message back for no longer; clocks differ. */
const longestDelaySeconds = 900;

function secondsUntil({ closesAt }: Window, now: Date): number {
  const seconds = Math.ceil((closesAt - now.getTime()) / 1_000);
  return Math.min(longestDelaySeconds, Math.max(0, seconds));
}

/** One publication for all sinks that know it by the same incident. */
async function sendAlone(fanout: Fanout, sending: Sending, sinks: readonly string[]): Promise<void> {
  if (sinks.length === 0) return;
  const context = sending.kind === 'recovery' ? null : await fanout.findContext(sending.alert);
  for (const [incident, group] of Map.groupBy(sinks, (sink) => incidentAt(sending, sink))) {
    const made = { stage: fanout.stage, sinks: group, now: fanout.now() };
    await publish(fanout, alarmPage(sending, made, incident, context));
  }
}

/** What is told alone is an incident of its own, and its recovery ends that; a storm's are told by itself. */
function incidentAt(sending: Sending, sink: string): string {
  const { kind, alert, to } = sending;
  const told = to[sink];
  const isOwn = opens(sending) || !told || (kind === 'recovery' && hasOwnIncident(told, alert.key));
  return isOwn ? alert.key : told.incident;
}

/** Of storms that this recovery was the last of, the end is told. */
async function noteRecoveries(fanout: Fanout, { kind, alert, to }: Sending): Promise<void> {
  if (kind !== 'recovery') return;
  const { table, stage, now } = fanout;
  for (const [sink, told] of Object.entries(to)) {
    for (const { incident, member } of incidentsOf(told)) {
      if (member === undefined || !(await noteOver(table, { sink, incident }, member, now()))) continue;
      await publish(fanout, stormOverPage({ stage, sinks: [sink], now: now() }, { incident, last: alert }));
    }
  }
}

function publish({ sns, pageTopicArn }: Fanout, page: Page): Promise<void> {
  return publishPage(sns, pageTopicArn, page);
}

/** Takes it out of the row's outbox. */
async function settle({ table, now }: Fanout, { id, alert }: Sending, known: Versioned): Promise<Versioned> {
  for (let found = known; ; found = await readRow(table, alert.key)) {
    if (!found.row) return found;
    const row = { ...found.row, outbox: found.row.outbox.filter((one) => one.id !== id) };
    if (row.outbox.length === found.row.outbox.length) return found;
    if (await writeRow(table, row, found.version, now())) return { row, version: found.version + 1 };
  }
}
