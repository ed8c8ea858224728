import { type AlarmRow, type Incident, incidentsOf, type Sending, type Told } from './alarm-row.ts';
import { memberOf, stormOf } from './digest-name.ts';
import type { Fanout } from './fanout.ts';
import { askGate, type Window } from './gate.ts';

/** How each message of a row goes: by itself, or in a digest. It is decided once, and written with the row. */

export const opens = ({ kind }: Pick<Sending, 'kind'>): boolean => kind === 'alarm' || kind === 'flapping';

/** Asks for the ways of whatever has none yet. */
export async function withWays(fanout: Fanout, row: AlarmRow): Promise<AlarmRow> {
  let found = row;
  for (const { id } of row.outbox) {
    const sending = found.outbox.find((one) => one.id === id);
    if (!sending || sending.ways) continue;
    const sinks = Object.keys(sending.to);
    const ways = await Promise.all(
      sinks.map(async (sink) => [sink, await findWay(fanout, sink, sending)] as const),
    );
    for (const [sink, way] of ways) found = goingBy(found, { id: sending.id, sink, way });
    if (ways.length === 0) found = withSending(found, { ...sending, ways: {} });
  }
  return found;
}

/** What ended an incident of its own leaves by itself, so that it ends there. */
export async function findWay(
  { table, config, now }: Fanout,
  sink: string,
  { kind, id, alert, to }: Sending,
): Promise<Window | null> {
  if (kind === 'recovery' && to[sink] && hasOwnIncident(to[sink], alert.key)) return null;
  return askGate(table, { sink, severity: alert.severity, id, digest: config.digest, now: now() });
}

export function hasOwnIncident(told: Told, key: string): boolean {
  return incidentsOf(told).some(({ incident }) => incident === key);
}

export interface Way {
  /** Of the sending. */
  readonly id: string;
  readonly sink: string;
  readonly way: Window | null;
}

/** The row with the way of one message to one sink, and with what the sink will know the alarm by. */
export function goingBy(row: AlarmRow, { id, sink, way }: Way): AlarmRow {
  const at = row.outbox.findIndex((one) => one.id === id);
  const sending = row.outbox[at];
  if (!sending) return row;
  const next = withSending(row, { ...sending, ways: { ...sending.ways, [sink]: way } });
  if (!opens(sending)) return next;
  const had = sending.ways?.[sink];
  const before = had === undefined ? sending.to[sink] : knownBy(sending, sink, had);
  const after = knownBy(sending, sink, way);
  if (!before || !after) return next;
  // What was planned later builds on it, its recovery among it, until the alarm goes on as another.
  const again = next.outbox.findIndex((one, index) => index > at && opens(one) && !one.known?.includes(sink));
  return {
    ...next,
    told: again < 0 ? renamed(next.told, sink, before, after) : next.told,
    outbox: next.outbox.map((one, index) =>
      index > at && (again < 0 || index < again) ? following(one, sink, before, after) : one,
    ),
  };
}

/** A later message, with what the sink will know the alarm by; a recovery may have to end that by itself now. */
function following(sending: Sending, sink: string, before: Told, after: Told): Sending {
  const { kind, alert, ways } = sending;
  const to = renamed(sending.to, sink, before, after);
  const told = to[sink];
  const isAlone = kind === 'recovery' && told !== undefined && hasOwnIncident(told, alert.key);
  return { ...sending, to, ...(ways && isAlone ? { ways: { ...ways, [sink]: null } } : {}) };
}

/** What a sink knows the alarm by once the message went that way; what it has open of it before stays so. */
function knownBy({ to, known, alert }: Sending, sink: string, way: Window | null): Told | undefined {
  const told = to[sink];
  if (!told) return undefined;
  const newest: Incident =
    way === null
      ? { incident: alert.key }
      : { incident: stormOf({ sink, windowId: way.id }), member: memberOf(alert) };
  const before = known?.includes(sink) ? incidentsOf(told).filter((one) => !isSame(one, newest)) : [];
  return before.length > 0 ? { ...newest, before } : newest;
}

function renamed<T extends Readonly<Record<string, Told>>>(
  all: T,
  sink: string,
  before: Told,
  after: Told,
): T {
  const told = all[sink];
  if (!told) return all;
  const rest = incidentsOf(told);
  const old = incidentsOf(before);
  const index = rest.findIndex((_, from) => old.every((one, offset) => isSame(one, rest[from + offset])));
  if (index < 0) return all;
  const [newest, ...others] = [
    ...rest.slice(0, index),
    ...incidentsOf(after),
    ...rest.slice(index + old.length),
  ];
  if (!newest) return all;
  return { ...all, [sink]: others.length > 0 ? { ...newest, before: others } : newest };
}

function isSame(one: Incident, other: Incident | undefined): boolean {
  return one.incident === other?.incident && one.member === other.member;
}

function withSending(row: AlarmRow, sending: Sending): AlarmRow {
  return { ...row, outbox: row.outbox.map((one) => (one.id === sending.id ? sending : one)) };
}
