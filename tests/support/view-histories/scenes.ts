import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Act,
  busyAfterwards,
  change,
  changeWhileDetached,
  commitInside,
  heldBack,
  redefinitions,
  refreshBehindLock,
  refreshFromOldSnapshot,
  rewrite,
  truncate,
} from './acts.ts';
import type { History } from './history.ts';

/** How a history ends: after all views were refreshed, and before it is judged. */
export interface Scene {
  readonly name: string;
  /** Before the server restarts; left out, other things go on after that, and all views are refreshed before the end. */
  readonly before?: Act;
  readonly after: Act;
  /** Nothing happens to the views: all must be called fresh. */
  readonly isQuiet?: true;
  /** A writer goes on until the verdict is there. */
  readonly writesOn?: true;
}

/** Rows that mv_rare does not show. */
async function writeRare(history: History): Promise<void> {
  const session = history.newSession();
  await session.run('INSERT INTO rare (cost) VALUES (0.1), (0.2)');
  await session.run('UPDATE rare SET cost = 0.3 WHERE id = (SELECT max(id) FROM rare)');
  await session.end();
}

/** Writes again as much as had been counted when mv_rare was refreshed, now with rows that it must show. */
async function writeAlike(history: History): Promise<void> {
  const session = history.newSession();
  const [then] = await session.rows<{ inserted: string; updated: string }>(
    /* sql */ `SELECT mark.value ->> 'inserted' AS inserted, mark.value ->> 'updated' AS updated
      FROM nightshift.view_refreshes r, jsonb_each(r.evidence -> 'relations') AS mark
     WHERE r.view = 'public.mv_rare' AND mark.key = 'rare'::regclass::oid::text`,
  );
  const times = (statement: string, count = '0') => Array.from({ length: Number(count) }, () => statement);
  await session.run(
    ...times('INSERT INTO rare (cost) VALUES (9)', then?.inserted),
    ...times('UPDATE rare SET cost = 8 WHERE id = (SELECT max(id) FROM rare)', then?.updated),
  );
  await session.end();
}

/** Ends whatever was prepared or left open; a session that has ended has reported all. */
async function calm(history: History): Promise<void> {
  await history.end();
  const session = history.newSession();
  const prepared = await session.rows<{ gid: string }>(
    'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()',
  );
  for (const { gid } of prepared) await session.run(`COMMIT PREPARED '${gid}'`);
  await history.end();
}

const quiet: Scene = {
  name: 'quiet',
  after: async (history) => {
    await calm(history);
    await history.refreshAll();
    // Readers change nothing.
    await history.newSession().run('SELECT count(*) FROM mv_top', 'SELECT count(*) FROM visits');
  },
  isQuiet: true,
};

export const scenes: readonly Scene[] = [
  quiet,
  {
    name: 'reset, and the same count again',
    after: async (history) => {
      await writeRare(history);
      await history.refresh('mv_rare');
      const session = history.newSession();
      await session.run(
        history.pick([
          'SELECT pg_stat_reset()',
          "SELECT pg_stat_reset_single_table_counters('rare'::regclass)",
        ]),
      );
      await session.end();
      await writeAlike(history);
    },
  },
  {
    name: 'the server restarts, and the same count again',
    before: async (history) => {
      await calm(history);
      await writeRare(history);
      await history.refreshAll();
    },
    after: writeAlike,
  },
  { name: 'a refresh from an old snapshot', after: refreshFromOldSnapshot },
  { name: 'a refresh behind a lock', after: refreshBehindLock },
  { name: 'changed and held back', after: heldBack },
  { name: 'changed and busy', after: busyAfterwards },
  {
    name: 'a call that commits inside',
    after: async (history) => {
      await calm(history);
      await history.refreshAll();
      await commitInside(history);
    },
  },
  { name: 'changed while detached', after: changeWhileDetached },
  {
    name: 'truncated',
    after: async (history) => {
      await calm(history);
      const session = history.newSession();
      await session.run('INSERT INTO visits DEFAULT VALUES', 'INSERT INTO lookup DEFAULT VALUES');
      await session.run('INSERT INTO parts (key) VALUES (1), (101), (151)');
      await session.end();
      await history.refreshAll();
      await truncate(history);
    },
  },
  {
    name: 'redefined',
    after: async (history) => {
      await calm(history);
      await history.refreshAll();
      for (const statement of redefinitions(history)) await history.newSession().run(statement);
    },
  },
  { name: 'rewritten', after: rewrite },
  {
    name: 'a partition came or went',
    after: (history) =>
      history
        .freeSession()
        .run(
          history.pick([
            'ALTER TABLE parts ATTACH PARTITION spare FOR VALUES FROM (200) TO (300)',
            'ALTER TABLE parts DETACH PARTITION parts_0',
            'ALTER TABLE parts_1 DETACH PARTITION parts_1_low',
          ]),
        ),
  },
  {
    name: 'prepared, and committed by another',
    after: async (history) => {
      await history
        .newSession()
        .run('BEGIN', change(history), change(history), `PREPARE TRANSACTION '${history.database} last'`);
      await history.newSession().run(`COMMIT PREPARED '${history.database} last'`);
    },
  },
  {
    // A writer commits, reports and ends somewhere within the milliseconds of a refresh.
    name: 'changed while it is refreshed',
    after: async (history) => {
      await calm(history);
      for (let tries = 0; tries < 8; tries += 1) {
        const session = history.newSession();
        await session.run('SELECT 1');
        const refreshed = history.refresh('mv_visits');
        await sleep(20 + history.below(80));
        await session.run('UPDATE visits SET cost = random()');
        await session.end();
        await refreshed;
        await history.judge('after a change within', 0);
      }
    },
  },
  { name: 'one more change', after: (history) => history.freeSession().run(change(history)) },
  { name: 'ever more changes', after: (history) => history.refreshAll(), writesOn: true },
  quiet,
];
