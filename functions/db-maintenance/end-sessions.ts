import type { Client } from 'pg';
import { PreconditionError } from '../../shared/job/errors.ts';
import { type EndOutcome, type EndPatience, endEach } from './end-session.ts';
import type { DbMaintenanceRequest } from './event.ts';
import { type EndPlan, planEnds } from './plan-ends.ts';
import { readServer } from './read-server.ts';
import { maySeeSessions, readSessions } from './read-sessions.ts';

const usualPatience: EndPatience = { cancelMs: 5_000, terminateMs: 10_000 };

/** Throws PreconditionError on a standby, and where what others do is hidden: nobody would be found, as if all were well. */
export async function planEnding(
  client: Client,
  limits: NonNullable<DbMaintenanceRequest['end']>,
): Promise<EndPlan> {
  const server = await readServer(client);
  if (!(await maySeeSessions(client))) {
    throw new PreconditionError(
      `What other sessions do is hidden from ${server.role}, so nobody can tell which of them is over its limit: GRANT pg_monitor TO ${server.role};`,
    );
  }
  return planEnds(await readSessions(client, limits), server);
}

export interface Ended {
  readonly outcomes: readonly EndOutcome[];
  readonly untouched: EndPlan['untouched'];
}

/** Ends what is over its limit at this moment. */
export async function endSessions(
  client: Client,
  limits: NonNullable<DbMaintenanceRequest['end']>,
  patience = usualPatience,
): Promise<Ended> {
  const { actions, untouched } = await planEnding(client, limits);
  const ends = await endEach(
    client,
    actions.map(({ session }) => session),
    patience,
  );
  const outcomes = actions.map(({ target, reason }, at) => ({
    target,
    reason,
    ended: ends[at] ?? 'not known',
  }));
  return { outcomes, untouched };
}
