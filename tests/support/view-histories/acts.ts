import type { History } from './history.ts';
import { hasUniqueIndex, viewNames } from './schema.ts';
import type { AppSession } from './sessions.ts';

/** One thing that an application, a person or Nightshift does to the database of a history. */
export type Act = (history: History) => Promise<unknown>;

const tables = ['visits', 'lookup', 'parts'] as const;
/** Sub-partitions too. */
const leaves = ['visits', 'lookup', 'parts_0', 'parts_1_low', 'parts_1_high'] as const;

/** A statement that changes rows. */
export function change(history: History): string {
  const table = history.pick(tables);
  const some = `id IN (SELECT id FROM ${table} ORDER BY random() LIMIT ${1 + history.below(3)})`;
  return history.pick([
    table === 'parts'
      ? `INSERT INTO parts (key) SELECT (random() * 199)::integer FROM generate_series(1, ${1 + history.below(4)})`
      : `INSERT INTO ${table} SELECT FROM generate_series(1, ${1 + history.below(4)})`,
    `UPDATE ${table} SET cost = random() WHERE ${some}`,
    `UPDATE parts SET key = (key + 60) % 200 WHERE key < ${history.below(40)}`,
    `DELETE FROM ${table} WHERE ${some}`,
    `MERGE INTO visits v USING (SELECT max(id) AS id FROM visits) m ON v.id = m.id WHEN MATCHED THEN UPDATE SET cost = random()`,
  ]);
}

const some = (history: History) => Array.from({ length: 1 + history.below(3) }, () => change(history));
const inTransaction = (statements: readonly string[], end: string) => ['BEGIN', ...statements, end];

/** Leaves the session inside of a transaction. */
async function open(session: AppSession, statements: readonly string[]): Promise<void> {
  await session.run('BEGIN', ...statements);
}

const finishOpen: Act = async (history) => {
  const inside = history.sessions.filter(({ isInTransaction }) => isInTransaction);
  if (inside.length > 0) await history.pick(inside).run(history.random() < 0.7 ? 'COMMIT' : 'ROLLBACK');
};

const finishPrepared: Act = async (history) => {
  const session = history.freeSession();
  const prepared = await session.rows<{ gid: string }>(
    'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()',
  );
  const [first] = prepared;
  if (first) await session.run(`${history.random() < 0.8 ? 'COMMIT' : 'ROLLBACK'} PREPARED '${first.gid}'`);
};

const swapPartition: Act = async (history) => {
  const session = history.freeSession();
  const attached = await session.rows("SELECT FROM pg_inherits WHERE inhrelid = 'spare'::regclass");
  await session.run(
    attached.length > 0
      ? `ALTER TABLE parts DETACH PARTITION spare${history.random() < 0.3 ? ' CONCURRENTLY' : ''}`
      : 'ALTER TABLE parts ATTACH PARTITION spare FOR VALUES FROM (200) TO (300)',
  );
};

export const changeWhileDetached: Act = (history) =>
  history
    .freeSession()
    .run(
      'ALTER TABLE parts DETACH PARTITION parts_0',
      history.pick([
        'UPDATE parts_0 SET cost = random() WHERE id % 3 = 0',
        'INSERT INTO parts_0 (key) VALUES (1)',
      ]),
      'ALTER TABLE parts ATTACH PARTITION parts_0 FOR VALUES FROM (0) TO (100)',
    );

/** What is seen by nobody else is counted all the same, once it is. */
export const heldBack: Act = async (history) => {
  const session = history.freeSession();
  await session.run(change(history), change(history));
  await open(session, history.random() < 0.5 ? ['SELECT 1'] : [change(history)]);
};

export const busyAfterwards: Act = async (history) => {
  const session = history.freeSession();
  // The first is reported at once, by a session that is new; the second is not.
  await session.run(change(history), change(history));
  await session.leave('SELECT pg_sleep(30)');
};

export const commitInside: Act = async (history) => history.newSession().leave('CALL churn(30)');
const commitInMessage: Act = (history) =>
  history.newSession().leave(`${change(history)}; COMMIT; SELECT pg_sleep(30)`);

/** In REPEATABLE READ a refresh writes what was true when its transaction began. */
export const refreshFromOldSnapshot: Act = async (history) => {
  const other = history.newSession();
  const view = history.pick(['mv_visits', 'mv_lookup', 'mv_parts', 'mv_scaled'] as const);
  const concurrently = hasUniqueIndex(view) && history.random() < 0.5 ? 'CONCURRENTLY ' : '';
  await other.run('BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM visits');
  const writer = history.newSession();
  await writer.run(...tables.map((table) => `UPDATE ${table} SET cost = random()`));
  await writer.end();
  await history.refresh(view);
  await other.run(`REFRESH MATERIALIZED VIEW ${concurrently}${view}`, 'COMMIT');
};

/** Waits behind a reader, with a snapshot older than what is committed meanwhile. */
export const refreshBehindLock: Act = async (history) => {
  const view = history.pick(viewNames);
  const reader = history.newSession();
  await reader.run('BEGIN', `SELECT count(*) FROM ${view}`);
  const other = history.newSession();
  await other.run("SET lock_timeout = '2s'");
  await other.leave(`REFRESH MATERIALIZED VIEW ${view}`);
  await history.newSession().run(change(history));
  const ours = history.refresh(view);
  await reader.run('COMMIT');
  await ours;
};

const refreshByOthers: Act = (history) => {
  const view = history.pick(viewNames);
  const concurrently = hasUniqueIndex(view) && history.random() < 0.5 ? 'CONCURRENTLY ' : '';
  const withNoData = concurrently === '' && history.random() < 0.2 ? ' WITH NO DATA' : '';
  return history.freeSession().run(`REFRESH MATERIALIZED VIEW ${concurrently}${view}${withNoData}`);
};

/** None of them writes a row; each changes what another view answers. */
export const redefinitions = (history: History) => [
  `CREATE OR REPLACE VIEW v_visits AS SELECT id, cost + ${history.random()} AS cost FROM visits`,
  `CREATE OR REPLACE FUNCTION scaled(float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT $1 * ${history.random()}'`,
  `ALTER TABLE visits ADD COLUMN ${history.newName()} integer DEFAULT 5`,
];

const redefine: Act = (history) => history.freeSession().run(history.pick(redefinitions(history)));

export const rewrite: Act = (history) => {
  const table = history.pick(leaves);
  return history
    .freeSession()
    .run(
      history.pick([
        `ALTER TABLE ${table} ADD COLUMN ${history.newName()} float8 DEFAULT random()`,
        `ALTER TABLE visits ALTER COLUMN cost SET DEFAULT 2, ALTER COLUMN pad TYPE bigint USING random()::bigint`,
        `VACUUM FULL ${table}`,
        `TRUNCATE ${table}`,
      ]),
    );
};

export const truncate: Act = (history) => history.freeSession().run(`TRUNCATE ${history.pick(leaves)}`);

const reset: Act = (history) =>
  history
    .freeSession()
    .run(
      history.pick([
        'SELECT pg_stat_reset()',
        `SELECT pg_stat_reset_single_table_counters('${history.pick(leaves)}'::regclass)`,
        `SELECT pg_stat_reset_single_table_counters('${history.pick(viewNames)}'::regclass)`,
      ]),
    );

/** What may follow on what, in any order. */
export const acts: Readonly<Record<string, Act>> = {
  change: (history) => history.freeSession().run(change(history)),
  'change again': (history) => history.freeSession().run(change(history), change(history)),
  transaction: (history) => history.freeSession().run(...inTransaction(some(history), 'COMMIT')),
  rollback: (history) => history.freeSession().run(...inTransaction(some(history), 'ROLLBACK')),
  savepoint: (history) =>
    history
      .freeSession()
      .run(
        'BEGIN',
        change(history),
        'SAVEPOINT s',
        history.random() < 0.3 ? 'TRUNCATE lookup' : change(history),
        history.pick(['ROLLBACK TO s', 'RELEASE s']),
        'COMMIT',
      ),
  copy: (history) =>
    history.freeSession().copy('parts (key)', `${history.below(200)}\n${history.below(200)}\n`),
  truncate,
  open: (history) => open(history.freeSession(), some(history)),
  finishOpen,
  prepare: (history) =>
    history
      .freeSession()
      .run(
        ...inTransaction([change(history)], `PREPARE TRANSACTION '${history.database} ${history.newName()}'`),
      ),
  finishPrepared,
  swapPartition,
  changeWhileDetached,
  heldBack,
  commitInMessage,
  rewrite,
  reset,
  redefine,
  refreshByOthers,
  'refresh of ours': (history) => history.refresh(history.pick(viewNames)),
  'all refreshes of ours': (history) => history.refreshAll(),
  'end of a session': async (history) => {
    const free = history.sessions.filter(({ isFree }) => isFree);
    if (free.length > 0) await history.pick(free).end();
  },
  'verdict at once': (history) => history.judge('in the middle', 0),
};
