import { type Freshness, judgeFreshness } from '../../../functions/matview-refresh/read-evidence.ts';
import { type RefreshedView, refreshView } from '../../../functions/matview-refresh/refresh-view.ts';
import { withConnection } from '../../../infra/local/postgres/connection.ts';
import type { ConnectOptions } from '../../../shared/postgres/connect.ts';
import type { RestartableCluster } from '../restartable-cluster.ts';
import { comparing } from './compared-client.ts';
import { readJudgedViews } from './judged-views.ts';
import { hasUniqueIndex, type ViewName, viewNames } from './schema.ts';
import { AppSession } from './sessions.ts';

/** One verdict beside what was true. */
export interface Judged {
  readonly view: ViewName;
  readonly when: string;
  readonly verdict: Freshness;
  /** Undefined where it could not be told. */
  readonly same: boolean | undefined;
}

/** A database of its own with sessions that write to it, and what was said of its views. */
export class History {
  readonly acts: string[] = [];
  readonly judged: Judged[] = [];
  readonly sessions: AppSession[] = [];
  readonly seed: number;
  readonly random: () => number;
  readonly views: ReadonlyMap<string, RefreshedView>;
  readonly #cluster: RestartableCluster;
  readonly #options: ConnectOptions;
  #slots = 0;
  #names = 0;

  constructor(made: {
    seed: number;
    cluster: RestartableCluster;
    options: ConnectOptions;
    views: ReadonlyMap<string, RefreshedView>;
  }) {
    this.seed = made.seed;
    this.random = seededRandom(made.seed);
    this.views = made.views;
    this.#cluster = made.cluster;
    this.#options = made.options;
  }

  get database(): string {
    return this.#options.database.databaseName;
  }

  /** A name that was not there before. */
  newName(): string {
    this.#names += 1;
    return `n${this.#names}`;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)] as T;
  }

  below(most: number): number {
    return Math.floor(this.random() * most);
  }

  newSession(): AppSession {
    const session = new AppSession(this.#cluster.config(this.database));
    this.sessions.push(session);
    return session;
  }

  /** A session that was used before, if one is free: it may hold back what it did. */
  freeSession(): AppSession {
    const free = this.sessions.filter(({ isFree }) => isFree);
    return free.length > 0 && (this.random() < 0.8 || this.sessions.length > 4)
      ? this.pick(free)
      : this.newSession();
  }

  /** By Nightshift, where no lock is in the way; answers whether. */
  async refresh(name: ViewName): Promise<boolean> {
    const view = this.views.get(name);
    if (!view) throw new Error(`no view ${name}`);
    this.#slots += 1;
    const slot = `slot-${this.#slots}`;
    const limits = { lockMs: 300, statementSeconds: 20 };
    const method = hasUniqueIndex(name) && this.random() < 0.5 ? 'concurrently' : 'plain';
    const tried = (how: 'concurrently' | 'plain') =>
      refreshView(this.#options, view, { slot, method: how, limits }, Date.now() + 20_000);
    try {
      return (await tried(method).catch(() => tried('plain'))) === 'committed';
    } catch (error) {
      // A lock, or a view that it reads is not populated: whoever asks for the contents sees it.
      this.acts.push(`no refresh of ${name}: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }

  async refreshAll(): Promise<void> {
    for (const name of viewNames) await this.refresh(name);
  }

  /** `onLook` is called when the verdict is begun. */
  async judge(
    when: string,
    settleSeconds: number,
    onLook?: () => void,
  ): Promise<ReadonlyMap<ViewName, Freshness>> {
    const config = { ...this.#cluster.config(this.database), options: '-c lock_timeout=200ms' };
    return withConnection(config, async (connection) => {
      const { client, latest } = comparing(connection, onLook);
      const verdicts = await judgeFreshness(client, [...this.views.values()], { settleSeconds });
      const found = viewNames.map((view) => {
        const { id = '' } = this.views.get(view) ?? {};
        const verdict = verdicts.get(id);
        if (!verdict) throw new Error(`nothing was said of ${view}`);
        this.judged.push({ view, when, verdict, same: latest().get(id) });
        return [view, verdict] as const;
      });
      return new Map(found);
    });
  }

  /** Ends all sessions, also those that are at work; what a session has committed it reports as it ends. */
  async end(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.end()));
    await withConnection(this.#cluster.config(this.database), (client) =>
      client.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'app'",
      ),
    );
  }
}

/** Makes the database and all that is in it. */
export async function beginHistory(
  cluster: RestartableCluster,
  options: ConnectOptions,
  { seed, template }: { seed: number; template: string },
): Promise<History> {
  const database = `history_${seed}`;
  await withConnection(cluster.config('postgres'), (client) =>
    client.query(`CREATE DATABASE ${database} TEMPLATE ${template}`),
  );
  const views = await withConnection(cluster.config(database), async (client) => {
    // A sequence that was copied goes back to where it was when the server crashes, unless it is set anew.
    await client.query("SELECT setval('tick', 100000)");
    return readJudgedViews(client);
  });
  const own = { ...options, database: { ...options.database, databaseName: database } };
  return new History({ seed, cluster, options: own, views });
}

/** Mulberry32: numbers in [0, 1) that repeat with the seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
