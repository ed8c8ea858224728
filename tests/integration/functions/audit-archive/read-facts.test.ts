import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { formatMark } from '../../../../functions/audit-archive/detached-mark.ts';
import type { PolicyFacts } from '../../../../functions/audit-archive/facts.ts';
import { readFacts } from '../../../../functions/audit-archive/read-facts.ts';
import { readMigrations } from '../../../../infra/sql/migrations.ts';
import { type PolicyInput, policiesOf } from '../../../support/archive-policies.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const now = new Date('2026-01-02T04:00:00Z');

const tables = /* sql */ `
  CREATE SCHEMA "We""ird; DROP";
  CREATE TABLE "We""ird; DROP"."Log's ""Table""" ("I d" bigint PRIMARY KEY, "At;--" timestamptz NOT NULL, "select" text);
  CREATE INDEX ON "We""ird; DROP"."Log's ""Table""" ("At;--");
  INSERT INTO "We""ird; DROP"."Log's ""Table""" SELECT n, timestamptz '2023-11-15 12:00+00' + n * interval '20 days', 'x' FROM generate_series(0, 60) n;

  CREATE TABLE plain (id integer PRIMARY KEY, at timestamp, note text);
  CREATE INDEX plain_partial ON plain (at) WHERE note IS NOT NULL;
  CREATE INDEX plain_second ON plain (note, at);
  INSERT INTO plain VALUES (1, '-infinity', 'a'), (2, '0044-03-15 BC', 'b'), (3, '2024-02-29 23:59:59.999999', 'c'), (4, NULL, 'd'),
    (5, '2024-05-01', 'hold me'), (6, '2025-12-31', 'young'), (7, 'infinity', 'never');
  CREATE TABLE child (id integer REFERENCES plain ON DELETE CASCADE, other integer);
  INSERT INTO child VALUES (3, 1);
  CREATE TABLE thread (id integer PRIMARY KEY, at timestamp NOT NULL, parent integer REFERENCES thread ON DELETE CASCADE);
  CREATE TABLE ring (id integer, at timestamp, hop integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE ring_2024 PARTITION OF ring FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE TABLE hop (id integer PRIMARY KEY, ring integer, at timestamp, FOREIGN KEY (ring, at) REFERENCES ring ON DELETE CASCADE) PARTITION BY RANGE (id);
  CREATE TABLE hop_2024 PARTITION OF hop FOR VALUES FROM (1) TO (9);
  ALTER TABLE ring ADD FOREIGN KEY (hop) REFERENCES hop ON DELETE CASCADE;
  CREATE TABLE emptied_from (id integer PRIMARY KEY, at timestamp NOT NULL);
  CREATE TABLE emptied (id integer PRIMARY KEY, up integer REFERENCES emptied_from ON DELETE SET NULL);
  CREATE TABLE below_emptied (id integer REFERENCES emptied ON DELETE CASCADE);
  CREATE TABLE days (day date NOT NULL, n integer);
  INSERT INTO days VALUES ('2024-01-31', 1), ('2025-01-01', 2), ('2025-01-02', 3);

  CREATE TABLE parted (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE parted_2024_01 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
  CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
  CREATE INDEX ON parted (at);
  INSERT INTO parted VALUES (1, '2024-01-15'), (2, '2026-01-01');
  CREATE TABLE points (id bigint, at timestamptz, FOREIGN KEY (id, at) REFERENCES parted);

  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
  CREATE FUNCTION note_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'raise exception'; RETURN OLD; END $$;
  CREATE FUNCTION indirect() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM deny(OLD); RETURN OLD; END $$;
  CREATE FUNCTION deny(record) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'denied'; END $$;
  CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TABLE guarded (id integer, at timestamptz NOT NULL);
  CREATE TRIGGER raises BEFORE DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
  CREATE TRIGGER statement_raises BEFORE UPDATE OR DELETE ON guarded EXECUTE FUNCTION refuse();
  CREATE TRIGGER notes AFTER DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION note_only();
  CREATE TRIGGER asks BEFORE DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION indirect();
  CREATE TRIGGER swallows BEFORE DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION swallow();
  CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM take_one(OLD.id); RETURN OLD; END $$;
  CREATE FUNCTION take_one(wanted integer) RETURNS void BEGIN ATOMIC DELETE FROM days WHERE n = wanted; END;
  CREATE TRIGGER takes AFTER DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION take();
  CREATE TRIGGER switched_off BEFORE DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
  ALTER TABLE guarded DISABLE TRIGGER switched_off;
  CREATE TRIGGER on_insert BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
  CREATE TRIGGER on_truncate BEFORE TRUNCATE ON guarded EXECUTE FUNCTION refuse();
  CREATE TRIGGER in_partition BEFORE DELETE ON parted_rest FOR EACH ROW EXECUTE FUNCTION refuse();
  CREATE TRIGGER of_all BEFORE DELETE ON parted FOR EACH ROW EXECUTE FUNCTION note_only();
  CREATE FUNCTION library() RETURNS trigger LANGUAGE internal AS 'suppress_redundant_updates_trigger';
  CREATE FUNCTION step_3() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM days; END $$;
  CREATE FUNCTION step_2() RETURNS void LANGUAGE sql AS 'SELECT step_3()';
  CREATE FUNCTION step_1() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM step_2(); PERFORM step_1(); END $$;
  CREATE FUNCTION steps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM step_1(); RETURN OLD; END $$;
  CREATE TABLE deep (id integer, at timestamptz NOT NULL);
  CREATE TRIGGER far AFTER DELETE ON deep FOR EACH ROW EXECUTE FUNCTION steps();
  CREATE TRIGGER opaque AFTER DELETE ON deep FOR EACH ROW EXECUTE FUNCTION library();
  CREATE TABLE ruled (id integer, at timestamptz NOT NULL);
  CREATE RULE nothing AS ON DELETE TO ruled DO INSTEAD NOTHING;

  CREATE TABLE secret (id integer, at timestamptz NOT NULL);
  ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
  CREATE TABLE closed (id integer, at timestamptz NOT NULL);
  CREATE TABLE mother (id integer, at timestamptz NOT NULL);
  CREATE TABLE "Daughter" (extra text) INHERITS (mother);
  CREATE VIEW only_view AS SELECT * FROM days;

  CREATE TABLE seen (id integer, at timestamptz NOT NULL, n integer);
  CREATE TABLE seen_archive (id integer, at timestamptz NOT NULL, n text) PARTITION BY RANGE (at);
  CREATE TABLE parted_archive (LIKE parted) PARTITION BY RANGE (at);
  CREATE TABLE parted_archive_b PARTITION OF parted_archive FOR VALUES FROM ('2023-01-01') TO ('2025-01-01') PARTITION BY RANGE (at);
  CREATE UNLOGGED TABLE parted_archive_c PARTITION OF parted_archive_b DEFAULT;
  CREATE TABLE parted_archive_d PARTITION OF parted_archive DEFAULT;
  CREATE UNLOGGED TABLE plain_archive (LIKE plain);
  CREATE TRIGGER of_all BEFORE INSERT OR UPDATE ON parted_archive FOR EACH ROW EXECUTE FUNCTION note_only();
  CREATE TRIGGER of_one AFTER INSERT ON parted_archive_c EXECUTE FUNCTION note_only();
  CREATE TRIGGER switched_off BEFORE INSERT ON parted_archive_d FOR EACH ROW EXECUTE FUNCTION note_only();
  ALTER TABLE parted_archive_d DISABLE TRIGGER switched_off;
  CREATE TRIGGER on_delete BEFORE DELETE ON parted_archive FOR EACH ROW EXECUTE FUNCTION note_only();
  CREATE TABLE elsewhere (id integer PRIMARY KEY);
  ALTER TABLE plain_archive ADD PRIMARY KEY (id), ADD FOREIGN KEY (id) REFERENCES elsewhere;
  CREATE RULE twice AS ON INSERT TO plain_archive DO ALSO NOTHING;
  CREATE VIEW v_seen_all AS SELECT id, at, n FROM seen UNION ALL SELECT id, at, n::integer FROM seen_archive;
  CREATE MATERIALIZED VIEW mv_of_all AS SELECT count(*) FROM v_seen_all;
  CREATE MATERIALIZED VIEW mv_of_both AS SELECT count(*) FROM v_seen_all, seen;
  CREATE MATERIALIZED VIEW mv_kept AS SELECT s.n, count(*) FROM seen s WHERE s.at > now() - interval '90 days' GROUP BY 1;
  CREATE MATERIALIZED VIEW mv_longer AS SELECT n FROM seen WHERE at > now() - interval '2 years';
  CREATE VIEW v_plain AS SELECT n, at FROM seen;
  CREATE SCHEMA "Odd";
  CREATE MATERIALIZED VIEW "Odd"."M V" AS SELECT count(*) AS c FROM v_plain;
  CREATE MATERIALIZED VIEW mv_of_mv AS SELECT c FROM "Odd"."M V";`;

/** Made after ANALYZE, which would look for the other server. */
const foreign = /* sql */ `
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
  CREATE TABLE spread (id integer, at timestamp NOT NULL) PARTITION BY RANGE (at);
  CREATE TABLE spread_2024 PARTITION OF spread FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (at);
  CREATE FOREIGN TABLE "Far" PARTITION OF spread_2024 DEFAULT SERVER far;
  GRANT SELECT, DELETE ON spread, spread_2024, "Far" TO nightshift`;

const grants = /* sql */ `
  ALTER ROLE nightshift NOBYPASSRLS;
  REVOKE pg_read_all_data FROM nightshift;
  GRANT USAGE ON SCHEMA "We""ird; DROP" TO nightshift;
  GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA "We""ird; DROP", public TO nightshift;
  REVOKE ALL ON closed FROM nightshift;
  GRANT SELECT ON closed TO nightshift;
  ALTER TABLE seen_archive OWNER TO nightshift`;

describe.each([15, 18] as const)('on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let owner: Client;
  let job: Client;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    owner = new Client(cluster.config('postgres'));
    await owner.connect();
    for (const { sql } of await readMigrations('up')) await owner.query(sql);
    await owner.query(tables);
    await owner.query(grants);
    await owner.query('ANALYZE');
    await owner.query(foreign);
    job = new Client(cluster.config('postgres'));
    await job.connect();
    await job.query("SET timezone = 'UTC'; SET row_security = off; SET ROLE nightshift");
  });
  afterAll(async () => {
    await job?.end();
    await owner?.end();
    await cluster?.stop();
  });

  const at = (table: string, more: Partial<PolicyInput> = {}): Partial<PolicyInput> => ({
    table,
    ageColumn: 'at',
    ...more,
  });

  async function read(policies: readonly Partial<PolicyInput>[], dryRun = true) {
    return readFacts(job, { policies: policiesOf(...policies), dryRun }, { now });
  }

  async function readOne(policy: Partial<PolicyInput>, dryRun = true): Promise<PolicyFacts> {
    const [facts] = (await read([policy], dryRun)).policies;
    if (!facts) throw new Error('No facts came of the policy that was asked about.');
    return facts;
  }

  test('the role, the server and the ledger are looked at', async () => {
    expect(await read([at('public.days', { ageColumn: 'day' })])).toMatchObject({
      role: 'nightshift',
      databaseName: 'postgres',
      temporary: true,
      serverVersion: major,
      readOnly: false,
      ledger: { exists: true, usage: true, select: true, insert: true },
    });
  });

  test('whether the role may make temporary tables is looked at', async () => {
    await owner.query('REVOKE TEMPORARY ON DATABASE postgres FROM public, nightshift');
    try {
      expect(await read([at('public.days', { ageColumn: 'day' })])).toMatchObject({ temporary: false });
    } finally {
      await owner.query('GRANT TEMPORARY ON DATABASE postgres TO public, nightshift');
    }
  });

  test('names that would leave their quotes are looked up and looked into', async () => {
    const facts = await readOne({ table: '"We""ird; DROP"."Log\'s ""Table"""', ageColumn: 'At;--' });
    expect(facts.policy).toBe('"We""ird; DROP"."Log\'s ""Table"""');
    expect(facts.cutoff).toBe('2025-01-02T00:00:00.000Z');
    expect(facts.table).toMatchObject({
      kind: 'table',
      key: ['I d'],
      ageIndex: 'Log\'s "Table"_At;--_idx',
      privileges: { schemaUsage: true, schemaCreate: false, select: true, delete: true, owner: false },
      estimatedRows: 61,
    });
    expect(facts.table?.columns.map(({ name, type, notNull }) => [name, type, notNull])).toEqual([
      ['I d', 'bigint', true],
      ['At;--', 'timestamp with time zone', true],
      ['select', 'text', false],
    ]);
    expect(facts.age).toMatchObject({
      looked: true,
      oldest: '2023-11-15 12:00:00+00',
      newest: '2024-12-19 12:00:00+00',
      rows: 21,
      counted: true,
      withoutAge: null,
    });
    expect(facts.age?.months).toHaveLength(14);
    expect([facts.age?.months[0], facts.age?.months.at(-1)]).toEqual(['2023-11', '2024-12']);
  });

  test('a run is content with the planner’s estimate, and finds the same months', async () => {
    const facts = await readOne({ table: '"We""ird; DROP"."Log\'s ""Table"""', ageColumn: 'At;--' }, false);
    expect(facts.age).toMatchObject({ looked: true, counted: false, withoutAge: null });
    expect(facts.age?.months).toHaveLength(14);
    expect(facts.age?.rows).toBeGreaterThan(10);
  });

  test('an index of some rows, or that begins with another column, is none', async () => {
    const { table, age } = await readOne(at('public.plain'));
    expect(table?.ageIndex).toBeNull();
    expect(age).toEqual({
      looked: true,
      oldest: '-infinity',
      newest: '2024-05-01 00:00:00',
      months: ['2024-02', '2024-05'],
      rows: 4,
      counted: true,
      withoutAge: 1,
    });
  });

  test('what is held is not counted: by predicate, by period, and by a row that points to it', async () => {
    const held = async (more: Partial<PolicyInput>) => (await readOne(at('public.plain', more))).age?.rows;
    expect(await held({ holds: [{ name: 'case 7', where: "note = 'hold me' OR id = 2" }] })).toBe(2);
    expect(
      await held({ holds: [{ name: 'spring', from: '2024-02-01T00:00:00Z', to: '2024-05-01T00:00:00Z' }] }),
    ).toBe(3);
    expect(await held({ holds: [{ name: 'both', from: '2024-01-01T00:00:00Z', where: 'id = 5' }] })).toBe(3);
    expect(await held({ onReferenced: 'keep' })).toBe(3);
    // A predicate that is unknown for a row holds it no more than WHERE would choose it.
    expect(await held({ holds: [{ name: 'null', where: 'note = NULL' }] })).toBe(4);
  });

  test('dates are compared as days of UTC', async () => {
    const { age, table } = await readOne(at('public.days', { ageColumn: 'day' }));
    expect(age).toMatchObject({
      oldest: '2024-01-31',
      newest: '2025-01-01',
      months: ['2024-01', '2025-01'],
      rows: 2,
    });
    expect(table).toMatchObject({ key: [], ageIndex: null });
  });

  test('a hold that Postgres does not understand is told, and nothing is looked into', async () => {
    const facts = await readOne(
      at('public.plain', {
        holds: [
          { name: 'typo', where: 'nte IS NULL' },
          { name: 'fine', where: 'true' },
        ],
      }),
    );
    expect(facts.holdFaults).toEqual({ typo: 'column "nte" does not exist' });
    expect(facts.age).toBeNull();
  });

  test('triggers that fire on DELETE are found, on partitions too, and those that can raise are told apart', async () => {
    const { table } = await readOne(at('public.guarded'));
    const found = table?.deleteTriggers.map(({ name, raises, mayKeepRow }) => [name, raises, mayKeepRow]);
    expect(table?.deleteTriggers.flatMap(({ name, changes }) => (changes ? [name] : []))).toEqual(['takes']);
    expect(found).toEqual([
      ['asks', true, false],
      ['notes', false, false],
      ['raises', true, true],
      ['statement_raises', true, false],
      ['swallows', false, true],
      ['takes', false, false],
    ]);
    const parted = await readOne(at('public.parted'));
    expect(parted.table?.deleteTriggers).toEqual([
      {
        name: 'of_all',
        table: { schema: 'public', name: 'parted' },
        function: { schema: 'public', name: 'note_only' },
        raises: false,
        changes: false,
        unjudged: [],
        mayKeepRow: false,
      },
      expect.objectContaining({
        name: 'in_partition',
        table: { schema: 'public', name: 'parted_rest' },
        raises: true,
      }),
    ]);
  });

  test('what a trigger calls is followed to its end, and a function that is no text is named', async () => {
    const { table } = await readOne(at('public.deep'));
    expect(table?.deleteTriggers.map(({ name, changes, unjudged }) => [name, changes, unjudged])).toEqual([
      ['far', true, []],
      ['opaque', false, [{ schema: 'public', name: 'library' }]],
    ]);
  });

  test('a rule instead of DELETE is found', async () => {
    const { table } = await readOne(at('public.ruled'));
    expect(table?.deleteRules).toEqual([
      { name: 'nothing', table: { schema: 'public', name: 'ruled' }, instead: true },
    ]);
  });

  test('foreign keys that point here are named once, with what they would do', async () => {
    const plain = await readOne(at('public.plain'));
    expect(plain.table?.referencedBy).toEqual([
      {
        name: 'child_id_fkey',
        schema: 'public',
        table: 'child',
        onDelete: 'cascade',
        columns: [{ from: 'id', to: 'id' }],
        reaches: [{ schema: 'public', name: 'child' }],
      },
    ]);
    const parted = await readOne(at('public.parted'));
    expect(parted.table?.referencedBy).toEqual([
      expect.objectContaining({
        table: 'points',
        onDelete: 'no action',
        columns: [
          { from: 'id', to: 'id' },
          { from: 'at', to: 'at' },
        ],
      }),
    ]);
    const one = await readOne(at('public.parted_2024_01'));
    expect(one.table?.referencedBy).toHaveLength(1);
  });

  test('a foreign key is followed to all that its action reaches, whole trees of partitions and the table itself', async () => {
    const reached = async (table: string) =>
      (await readOne(at(`public.${table}`))).table?.referencedBy.map(({ name, reaches }) => [
        name,
        reaches.map((one) => one.name),
      ]);
    expect(await reached('thread')).toEqual([['thread_parent_fkey', ['thread']]]);
    const ring = ['hop', 'hop_2024', 'ring', 'ring_2024'];
    expect(await reached('ring')).toEqual([['hop_ring_at_fkey', ring]]);
    expect((await reached('ring_2024'))?.map(([, names]) => names)).toEqual([ring]);
    // What is emptied takes nothing along.
    expect(await reached('emptied_from')).toEqual([['emptied_up_fkey', ['emptied']]]);
  });

  test('partitions are listed with their bounds, and a partition knows what it is one of', async () => {
    const { table, age } = await readOne(at('public.parted'));
    expect(table).toMatchObject({
      kind: 'partitioned table',
      partitionKey: 'RANGE (at)',
      ageIndex: 'parted_at_idx',
    });
    expect(table?.partitions).toEqual([
      expect.objectContaining({
        name: 'parted_2024_01',
        bound: "FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')",
        isDefault: false,
        detachPending: false,
        estimatedRows: 1,
      }),
      expect.objectContaining({ name: 'parted_rest', isDefault: true }),
    ]);
    expect(age).toMatchObject({ rows: 1, months: ['2024-01'] });
    const one = await readOne(at('public.parted_2024_01'));
    expect(one.table).toMatchObject({ kind: 'partition', ancestors: [{ schema: 'public', name: 'parted' }] });
  });

  test('a foreign table far below is found, and not looked into: it would fail all tables', async () => {
    const { policies } = await read([at('public.spread'), at('public.parted')]);
    expect(policies[0]?.table?.unfitPartitions).toEqual([
      { schema: 'public', name: 'Far', kind: 'foreign table' },
    ]);
    expect(policies.map(({ age }) => age?.rows)).toEqual([undefined, 1]);
    expect(policies[1]?.table?.unfitPartitions).toEqual([]);
  });

  describe('materialized views that would lose their history', () => {
    test('are all that read the table through views and views of views, but for those that read the archive or the kept period', async () => {
      const { table } = await readOne(at('public.seen', { to: { kind: 'table' } }));
      expect(table?.shrinkingViews).toEqual([
        '"Odd"."M V"',
        'public.mv_longer',
        'public.mv_of_both',
        'public.mv_of_mv',
      ]);
    });

    test('where rows go to S3, a view over an archive table does not hold them', async () => {
      const { table } = await readOne(at('public.seen'));
      expect(table?.shrinkingViews).toContain('public.mv_of_all');
    });

    test('and where less is kept than the view reads, it loses some', async () => {
      const { table } = await readOne(at('public.seen', { to: { kind: 'table' }, olderThan: '30 days' }));
      expect(table?.shrinkingViews).toContain('public.mv_kept');
    });
  });

  test('the archive table is looked at as it is', async () => {
    const { archiveTable, archiveSchemaCreate } = await readOne(at('public.seen', { to: { kind: 'table' } }));
    expect(archiveTable).toMatchObject({
      kind: 'partitioned table',
      partitionKey: 'RANGE (at)',
      owner: true,
      insert: true,
    });
    expect(archiveTable?.columns.map(({ type }) => type)).toEqual([
      'integer',
      'timestamp with time zone',
      'text',
    ]);
    expect(archiveSchemaCreate).toBe(false);
    const missing = await readOne(
      at('public.days', { ageColumn: 'day', to: { kind: 'table', table: 'nowhere.days' } }),
    );
    expect(missing).toMatchObject({ archiveTable: null, archiveSchemaCreate: null });
  });

  test('what of the archive table would be lost by a crash is found, far below as well', async () => {
    const unsafe = async (table: string) =>
      (await readOne(at(table, { to: { kind: 'table' } }))).archiveTable?.unsafe;
    expect(await unsafe('public.plain')).toEqual([
      { schema: 'public', name: 'plain_archive', is: 'unlogged' },
    ]);
    expect(await unsafe('public.parted')).toEqual([
      { schema: 'public', name: 'parted_archive_c', is: 'unlogged' },
    ]);
    expect(await unsafe('public.seen')).toEqual([]);
    const far = await readOne(at('public.plain', { to: { kind: 'table', table: 'public.spread' } }));
    expect(far.archiveTable?.unsafe).toEqual([{ schema: 'public', name: 'Far', is: 'foreign' }]);
  });

  test('triggers and rules that may change what is written into the archive table are found', async () => {
    const hooks = async (table: string) =>
      (await readOne(at(table, { to: { kind: 'table' } }))).archiveTable?.writeHooks.map(
        ({ is, name, event, table: { name: on } }) => `${is} ${name} on ${event} of ${on}`,
      );
    expect(await hooks('public.parted')).toEqual([
      'trigger of_all on INSERT of parted_archive',
      'trigger of_all on UPDATE of parted_archive',
      'trigger of_one on INSERT of parted_archive_c',
    ]);
    expect(await hooks('public.plain')).toEqual(['rule twice on INSERT of plain_archive']);
    expect(await hooks('public.seen')).toEqual([]);
  });

  test('what cannot be archived is described without being looked into', async () => {
    const { policies } = await read([
      at('public.nothing'),
      at('nowhere.days'),
      at('public.only_view', { ageColumn: 'day' }),
      at('public.secret'),
      at('public.closed'),
      at('public.mother'),
      at('public.seen', { ageColumn: 'n' }),
    ]);
    expect(policies.map(({ table }) => table?.kind)).toEqual([
      undefined,
      undefined,
      'view',
      'table',
      'table',
      'table',
      'table',
    ]);
    const [, , view, secret, closed, mother, wrongType] = policies;
    expect([view?.age, secret?.age, wrongType?.age]).toEqual([null, null, null]);
    expect(secret?.table?.hidesRows).toBe(true);
    expect(closed?.table?.privileges).toMatchObject({ select: true, delete: false });
    expect(mother?.table?.children).toEqual([{ schema: 'public', name: 'Daughter' }]);
  });

  test('a table that somebody holds locked is waited for by nobody else’s leave, and the others are read', async () => {
    await owner.query('BEGIN; LOCK TABLE plain, seen IN ACCESS EXCLUSIVE MODE');
    try {
      await job.query("SET lock_timeout = '200ms'");
      const { policies } = await read([at('public.plain'), at('public.days', { ageColumn: 'day' })]);
      expect(policies[0]?.age).toMatchObject({ looked: false, counted: false, rows: 7 });
      expect(policies[1]?.age).toMatchObject({ looked: true, rows: 2 });
    } finally {
      await owner.query('ROLLBACK');
    }
  });

  test('a table is free again while the next one is looked into', async () => {
    await owner.query('BEGIN; LOCK TABLE days IN ACCESS EXCLUSIVE MODE');
    const reading = (async () => {
      await job.query("SET lock_timeout = '10s'");
      return read([at('public.seen'), at('public.days', { ageColumn: 'day' })]);
    })();
    try {
      const locks = (granted: boolean, table: string) =>
        `(SELECT count(*)::integer FROM pg_locks WHERE relation = '${table}'::regclass AND granted = ${granted}
          AND pid <> pg_backend_pid())`;
      let seen = { waiting: 0, held: 0 };
      while (seen.waiting === 0) {
        const sql = `SELECT ${locks(false, 'days')} AS waiting, ${locks(true, 'seen')} AS held`;
        seen = (await owner.query<typeof seen>(sql)).rows[0] ?? seen;
      }
      expect(seen.held).toBe(0);
    } finally {
      await owner.query('ROLLBACK');
    }
    expect((await reading).policies.map(({ age }) => age?.looked)).toEqual([true, true]);
  });

  test('a partition that an earlier run detached and did not drop is found by its mark', async () => {
    const mark = { policy: 'public.parted', bound: 'FOR VALUES …', comment: null };
    await owner.query('CREATE TABLE "Taken Out" (id bigint)');
    const say = (text: string) => owner.query(`COMMENT ON TABLE "Taken Out" IS ${owner.escapeLiteral(text)}`);
    await say(formatMark(mark));
    const found = { begun: [{ schema: 'public', name: 'Taken Out' }], begunFault: null };
    expect(await readOne(at('public.parted'))).toMatchObject(found);
    expect(await readOne(at('public.seen'))).toMatchObject({ begun: [] });
    await say(formatMark(mark).slice(0, -1));
    expect(await readOne(at('public.parted'))).toMatchObject({
      begun: [],
      begunFault: expect.stringContaining('has been changed'),
    });
    await owner.query('DROP TABLE "Taken Out"');
  });

  test('the speed is that of the last batches in the ledger', async () => {
    await owner.query(/* sql */ `
    INSERT INTO nightshift.archive_batches (policy, slot, destination, bucket, object_key, rows, bytes, raw_bytes, sha256, content_hash, dbi_resource_id, seconds)
    SELECT 'public.days', '2026-01-01', 's3', 'b', 'archive/' || n, 1000, 50000, 100000, repeat('a', 64), 'ab', 'db', 0.5 FROM generate_series(1, 3) n`);
    const facts = await readOne(at('public.days', { ageColumn: 'day' }));
    expect(facts.speed).toEqual({ rowsPerSecond: 2_000, bytesPerRow: 50 });
    expect((await readOne(at('public.seen'))).speed).toBeNull();
  });
});
