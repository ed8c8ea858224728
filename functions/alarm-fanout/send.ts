import type { Alert } from '../../shared/alarm/alert.ts';
import { publishPage } from '../../shared/alarm/publish-page.ts';
import { type AlarmRow, isOn, type Sending } from './alarm-row.ts';
import { readRow, type Versioned, writeRow } from './alarm-table.ts';
import { addToDigest, type DigestEntry } from './digest-entries.ts';
import { type DigestName, stormOf } from './digest-name.ts';
import type { Fanout } from './fanout.ts';
import { askGate, type Window } from './gate.ts';
import { alarmPage, stormOverPage } from './make-page.ts';
import { noteStorm } from './storm.ts';

/**
 * Sends what an alarm's row owes: by itself, or into the digest of a sink's window. What is sent leaves the row, which
 * is answered as it is then; where that fails, it is sent again, as the same page.
 */
export async function send(fanout: Fanout, sending: Sending, known: Versioned): Promise<Versioned> {
  const sent = await Promise.all(
    Object.entries(sending.to).map(async ([sink, told]) => ({
      sink,
      incident: told.incident,
      digest: await putIntoDigest(fanout, sink, sending),
    })),
  );
  await sendAlone(
    fanout,
    sending,
    sent.filter(({ digest }) => digest === null),
  );
  const digests = sent.flatMap(({ digest }) => digest ?? []);
  await noteRecoveries(fanout, sending);
  return settle(fanout, sending, digests, known);
}

/** Null where it leaves by itself: a recovery that was told of alone, and whatever a window has a place for. */
async function putIntoDigest(fanout: Fanout, sink: string, sending: Sending): Promise<DigestName | null> {
  const { table, config, now } = fanout;
  const { alert, kind, to } = sending;
  if (kind === 'recovery' && to[sink]?.incident === alert.key) return null;
  const entry = { kind: entryKind(kind), alert };
  for (;;) {
    const asked = { sink, severity: alert.severity, id: sending.id, digest: config.digest, now: now() };
    const gate = await askGate(table, asked);
    if (gate.kind === 'page') return null;
    if (!(await addToDigest(table, { sink, window: gate.window }, entry))) continue;
    await fanout.closeLater({ sink, windowId: gate.window.id }, secondsUntil(gate.window, now()));
    return { sink, windowId: gate.window.id };
  }
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

function secondsUntil({ closesAt }: Window, now: Date): number {
  return Math.max(0, Math.ceil((closesAt - now.getTime()) / 1_000));
}

interface Alone {
  readonly sink: string;
  readonly incident: string;
}

/** One publication for all sinks that know it by the same incident. */
async function sendAlone(fanout: Fanout, sending: Sending, alone: readonly Alone[]): Promise<void> {
  if (alone.length === 0) return;
  const context = sending.kind === 'recovery' ? null : await fanout.findContext(sending.alert);
  for (const [incident, group] of Object.entries(Object.groupBy(alone, (one) => one.incident))) {
    const sinks = (group ?? []).map(({ sink }) => sink);
    const made = { stage: fanout.stage, sinks, now: fanout.now() };
    await publishPage(fanout.sns, fanout.pageTopicArn, alarmPage(sending, made, incident, context));
  }
}

/** Of storms that this recovery was the last of, the end is told. */
async function noteRecoveries(fanout: Fanout, { kind, alert, to }: Sending): Promise<void> {
  if (kind !== 'recovery') return;
  for (const [sink, { incident }] of Object.entries(to)) {
    if (incident !== alert.key) await noteOver(fanout, sink, incident, alert);
  }
}

async function noteOver(fanout: Fanout, sink: string, incident: string, last: Alert): Promise<void> {
  const now = fanout.now();
  if (!(await noteStorm(fanout.table, { sink, incident }, 'over', [last.key], now))) return;
  const page = stormOverPage({ stage: fanout.stage, sinks: [sink], now }, { incident, last });
  await publishPage(fanout.sns, fanout.pageTopicArn, page);
}

/** Takes it out of the row's outbox, and keeps which storm a sink knows the alarm by. */
async function settle(
  fanout: Fanout,
  sending: Sending,
  digests: readonly DigestName[],
  known: Versioned,
): Promise<Versioned> {
  const { table, now } = fanout;
  for (let found = known; ; found = await readRow(table, sending.alert.key)) {
    if (!found.row) return found;
    const row = settled(found.row, sending, digests);
    if (!(await writeRow(table, row, found.version, now()))) continue;
    if (isOverBy(row, sending)) await noteOverOf(fanout, row.alert, digests);
    return { row, version: found.version + 1 };
  }
}

function settled(row: AlarmRow, sending: Sending, digests: readonly DigestName[]): AlarmRow {
  const outbox = row.outbox.filter(({ id }) => id !== sending.id);
  const opened = sending.kind === 'alarm' || sending.kind === 'flapping';
  if (!opened || !isOn(row)) return { ...row, outbox };
  const storms = digests
    .filter(({ sink }) => Object.hasOwn(row.told, sink))
    .map((digest) => [digest.sink, { incident: stormOf(digest) }]);
  return { ...row, told: { ...row.told, ...Object.fromEntries(storms) }, outbox };
}

/** Its recovery came in while the alarm was being sent, and does not know of the storm. */
function isOverBy(row: AlarmRow, { kind, alert }: Sending): boolean {
  return kind !== 'recovery' && !alert.momentary && !isOn(row);
}

async function noteOverOf(fanout: Fanout, last: Alert, digests: readonly DigestName[]): Promise<void> {
  for (const digest of digests) await noteOver(fanout, digest.sink, stormOf(digest), last);
}
