import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../../../infra/local/postgres/connection.ts';
import { readMigrations } from '../../../infra/sql/migrations.ts';
import { jobConnection } from '../job-connection.ts';
import { type Restart, type RestartableCluster, startRestartableCluster } from '../restartable-cluster.ts';
import { acts, change } from './acts.ts';
import { beginHistory, type History } from './history.ts';
import { type Scene, scenes } from './scenes.ts';
import { historySchema } from './schema.ts';

/** Beyond what a session takes to report: all histories of a batch wait together. */
const settleSeconds = 17;

export interface Batch {
  readonly major: 15 | 18;
  /** One history each, in a database of its own. */
  readonly seeds: readonly number[];
  readonly restart: Restart;
}

export interface Ended {
  readonly history: History;
  readonly scene: Scene;
  /** Whether nobody was left who could hold anything back when all were refreshed once more. */
  readonly wasAlone: boolean;
}

/** Lives the histories side by side on one server, which restarts in the middle of all of them. */
export async function liveHistories({ major, seeds, restart }: Batch): Promise<Ended[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  const cluster = await startRestartableCluster(major, {
    max_connections: '400',
    max_prepared_transactions: '100',
  });
  try {
    const template = await makeTemplate(cluster);
    const options = await jobConnection(cluster, template, folder);
    const histories: History[] = [];
    for (const seed of seeds) histories.push(await beginHistory(cluster, options, { seed, template }));
    const ready = histories.map(() => Promise.withResolvers<void>());
    const restarted = Promise.all(ready.map(({ promise }) => promise)).then(async () => {
      for (const { sessions } of histories) for (const session of sessions) session.forget();
      await cluster.restart(restart);
    });
    const lives = histories.map((history, at) =>
      live(history, () => {
        ready[at]?.resolve();
        return restarted;
      }),
    );
    return await Promise.all(lives);
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeTemplate(cluster: RestartableCluster): Promise<string> {
  await cluster.createDatabase('template_of_histories');
  await withConnection(cluster.config('template_of_histories'), async (client) => {
    for (const { sql } of await readMigrations('up')) await client.query(sql);
    await client.query(historySchema);
  });
  return 'template_of_histories';
}

async function live(history: History, restart: () => Promise<void>): Promise<Ended> {
  const scene = scenes[history.seed % scenes.length] as Scene;
  await some(history, 4 + history.below(10));
  await scene.before?.(history);
  await restart();
  if (!scene.before) {
    await some(history, 2 + history.below(6));
    // A session that ends has reported all: what follows is then the only thing that a verdict can be wrong about.
    if (history.random() < 0.75) await history.end();
    await history.refreshAll();
  }
  history.acts.push(scene.name);
  await scene.after(history);
  await history.judge('at once', 0);
  await (scene.writesOn ? judgeWhileWriting(history) : history.judge('in the end', settleSeconds));
  const wasAlone = history.sessions.every(({ isSettled }) => isSettled);
  await history.refreshAll();
  // Where all was decided at once before, sessions settle now; one that is inside of a transaction never does.
  const maySettle = history.sessions.every(({ isFree }) => isFree);
  await history.judge('once more refreshed', maySettle ? settleSeconds : 0);
  await race(history);
  await history.end();
  return { history, scene, wasAlone };
}

async function some(history: History, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const name = history.pick(Object.keys(acts));
    history.acts.push(name);
    await acts[name]?.(history);
  }
}

/** The last writer goes on until the verdict is there. */
async function judgeWhileWriting(history: History): Promise<void> {
  const writer = history.newSession();
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      await writer.run(change(history));
      await sleep(history.below(60));
    }
  })();
  await history.judge('while others write', settleSeconds);
  isOver = true;
  await writing;
  await writer.end();
}

/** A session that had been idle for long begins to write within the milliseconds in which the verdict is made. */
async function race(history: History): Promise<void> {
  const [session] = history.sessions.filter(({ isFree }) => isFree);
  const afterMs = history.below(6);
  let written: Promise<unknown> | undefined;
  const write = async () => {
    await sleep(afterMs);
    await session?.run(change(history));
  };
  await history.judge('in a race', 0, () => {
    written ??= write();
  });
  await written;
}
