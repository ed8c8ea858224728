import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Within } from '../../shared/postgres/connect.ts';
import { evidenceOf, type JudgedView } from './assemble-evidence.ts';
import { isStillToCount, type RelationMarks, whatChanged, whoeverRefreshed } from './evidence.ts';
import { readDefinitions, readMarks, readRelations } from './evidence-sql.ts';
import { type NewestRefresh, readNewest, tracksCounts } from './newest-refresh.ts';
import { describeSession, lookAtSessions, quietSeconds, type Session } from './sessions.ts';

/** Whether a view holds what its definition's query would have answered at `asOf` (ISO 8601), or why that is in doubt. */
export type Freshness =
  | { readonly fresh: true; readonly asOf: string }
  | { readonly fresh: false; readonly because: string };

interface JudgeOptions {
  /** So long sessions are waited for that may not have reported what they did; for nobody where every view changed. */
  readonly settleSeconds: number;
  /** Gives work the settings of our connections; left out, the client has them. */
  readonly within?: Within;
}

/** How often sessions are looked at while they settle. */
const lookMs = 250;

/**
 * Judges many views in one go. A view that is called fresh holds what its definition's query would have answered at
 * `asOf`, since nothing that it reads has changed between its last refresh and then. In doubt it is not called so.
 *
 * The order is what makes it true: first the sessions, at the moment that the verdict is about, then the counters, so
 * that whatever was committed by that moment has been counted, or is held back by a session that was seen; then the
 * sessions again, since one that is just setting counters back tells so only afterwards; and the marks of that last.
 *
 * Not seen: who may set `track_counts` (a superuser) and switches it off in a session of its own.
 */
export async function judgeFreshness(
  client: Client,
  views: readonly JudgedView[],
  { settleSeconds, within = (work) => work() }: JudgeOptions,
): Promise<ReadonlyMap<string, Freshness>> {
  const until = Date.now() + settleSeconds * 1_000;
  const verdicts = new Map<string, Freshness>();
  let open: readonly JudgedView[] = views;
  while (open.length > 0) {
    const newest = await within(() => readNewest(client, open));
    const look = await lookAtSessions(client, quietSeconds);
    const { findings, atWork } = await compare(client, within, open, newest);
    const seen = [...look.sessions, ...atWork];
    for (const { id } of open) verdicts.set(id, verdictOf(findings.get(id), seen, newest.get(id), look.at));
    open = open.filter(({ id }) => !verdicts.get(id)?.fresh && findings.get(id)?.kind !== 'changed');
    if (Date.now() >= until) break;
    if (open.length > 0) await settle(client, until);
  }
  return verdicts;
}

/** Waits until nobody may hold anything back, or for as long as is given. */
async function settle(client: Client, until: number): Promise<void> {
  for (;;) {
    await sleep(Math.min(lookMs, Math.max(0, until - Date.now())));
    if (Date.now() >= until) return;
    const { sessions } = await lookAtSessions(client, quietSeconds);
    if (sessions.every(({ isStreaming }) => isStreaming)) return;
  }
}

type Finding =
  | { readonly kind: 'same' }
  /** Nothing that is waited for can make it fresh. */
  | { readonly kind: 'changed'; readonly because: string }
  | { readonly kind: 'uncounted' };

interface Comparison {
  /** By the view's id. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** Sessions that were not idle after the counters had been read. */
  readonly atWork: readonly Session[];
}

async function compare(
  client: Client,
  within: Within,
  views: readonly JudgedView[],
  newest: ReadonlyMap<string, NewestRefresh>,
): Promise<Comparison> {
  const ids = new Set(views.flatMap(({ id, reads }) => [id, ...reads]));
  const { relations, definitions } = await within(async () => ({
    relations: await readRelations(client, [...ids]),
    definitions: await readDefinitions(
      client,
      views.map(({ definitionIds }) => definitionIds),
    ),
  }));
  const { sessions: atWork } = await lookAtSessions(client, 0);
  const { marks, tracks } = await within(async () => ({
    marks: await readMarks(client),
    tracks: await tracksCounts(client),
  }));
  const evidence = evidenceOf({ marks, relations, definitions });
  const names = new Map([...relations].map(([id, { name }]) => [id, name]));
  const find = (view: JudgedView): Finding => {
    const refresh = newest.get(view.id);
    const own = relations.get(view.id);
    const because =
      untold(refresh) ??
      (tracks ? null : 'changes are not counted: track_counts is off') ??
      (own?.populated ? null : 'it is not populated') ??
      (own?.keptBy ? `it is kept by the access method ${own.keptBy}, which may count nothing` : null) ??
      (refresh?.evidence ? whatChanged(refresh.evidence, evidence(view), names) : null);
    if (because !== null || !refresh?.ownMarks || !own)
      return { kind: 'changed', because: because ?? 'in doubt' };
    return ownFinding(refresh.ownMarks, own);
  };
  return { findings: new Map(views.map((view) => [view.id, find(view)])), atWork };
}

function untold(refresh: NewestRefresh | undefined): string | null {
  if (!refresh) return 'never refreshed by Nightshift';
  if (!refresh.evidence || !refresh.ownMarks) return 'its last refresh could not vouch for what it read';
  return null;
}

function ownFinding(then: RelationMarks, now: RelationMarks): Finding {
  const because = whoeverRefreshed(then, now);
  if (because === null) return { kind: 'same' };
  return isStillToCount(then, now) ? { kind: 'uncounted' } : { kind: 'changed', because };
}

function verdictOf(
  finding: Finding = { kind: 'changed', because: 'in doubt' },
  seen: readonly Session[],
  refresh: NewestRefresh | undefined,
  asOf: string,
): Freshness {
  if (finding.kind === 'changed') return { fresh: false, because: finding.because };
  // Who has only sent changes since before the refresh began had written nothing that the refresh did not see.
  const doubt = seen.find(
    ({ isStreaming, since }) => !(isStreaming && since !== null && refresh && since < refresh.beganAt),
  );
  if (doubt) return { fresh: false, because: describeSession(doubt) };
  if (finding.kind === 'uncounted')
    return { fresh: false, because: 'its last refresh has not been counted yet' };
  return { fresh: true, asOf };
}
