import type { Client } from 'pg';
import { type EndOutcome, type EndPatience, endSession } from './end-session.ts';
import type { DbMaintenanceRequest } from './event.ts';
import { type EndPlan, planEnds } from './plan-ends.ts';
import { readServer } from './read-server.ts';
import { readSessions } from './read-sessions.ts';

const patience: EndPatience = { cancelMs: 5_000, terminateMs: 10_000 };

export async function planEnding(
  client: Client,
  limits: NonNullable<DbMaintenanceRequest['end']>,
): Promise<EndPlan> {
  return planEnds(await readSessions(client, limits), await readServer(client));
}

export interface Ended {
  readonly outcomes: readonly EndOutcome[];
  readonly untouched: EndPlan['untouched'];
}

/** Ends what is over its limit at this moment, one session after the other. */
export async function endSessions(
  client: Client,
  limits: NonNullable<DbMaintenanceRequest['end']>,
): Promise<Ended> {
  const { actions, untouched } = await planEnding(client, limits);
  const outcomes: EndOutcome[] = [];
  for (const { session, target, reason } of actions) {
    outcomes.push({ target, reason, ended: await endSession(client, session, patience) });
  }
  return { outcomes, untouched };
}
