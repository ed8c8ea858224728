import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type Moment, readSettled, type SettledCounters } from '../../shared/postgres/moment.ts';

/** Reads the counters as the job does: again and again, until no session may hold any back. */
export async function settle(client: Client, after: Moment, before?: Moment): Promise<SettledCounters> {
  for (;;) {
    const settled = await readSettled(client, after, before);
    if (settled.sessionsHoldingBack === 0) return settled;
    await sleep(50);
  }
}
