import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const preparation = /* sql */ `
  CREATE TABLE t (id int PRIMARY KEY, at timestamptz, day date, local timestamp, clock time, note text, doc jsonb,
    n numeric, shape regtype, price money);
  CREATE TABLE checked (id int CHECK (pg_backend_pid() > 0), at timestamptz DEFAULT now());
  CREATE FUNCTION steady(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
  CREATE FUNCTION settled(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 + 1';
  CREATE FUNCTION loose(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
  CREATE FUNCTION atomic_steady(int) RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT $1 + max(id) FROM t; END;
  CREATE FUNCTION atomic_clock() RETURNS date LANGUAGE sql STABLE BEGIN ATOMIC SELECT CURRENT_DATE; END;
  CREATE FUNCTION since(at timestamptz, until timestamptz DEFAULT now()) RETURNS interval LANGUAGE sql IMMUTABLE
    AS 'SELECT $2 - $1';
  CREATE FUNCTION settled_add(int, int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 + $2';
  CREATE FUNCTION steady_add(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
  CREATE OPERATOR <+> (FUNCTION = settled_add, LEFTARG = int, RIGHTARG = int);
  CREATE OPERATOR <++> (FUNCTION = steady_add, LEFTARG = int, RIGHTARG = int);
  CREATE FUNCTION guess(internal, oid, internal, int) RETURNS float8 LANGUAGE internal STABLE AS 'eqsel';
  CREATE FUNCTION alike(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
  CREATE OPERATOR <=+> (FUNCTION = alike, LEFTARG = int, RIGHTARG = int, RESTRICT = guess);
  CREATE AGGREGATE settled_sum (int) (SFUNC = settled_add, STYPE = int);
  CREATE AGGREGATE steady_sum (int) (SFUNC = steady_add, STYPE = int);
  CREATE TYPE pair AS (a int, b int);
  CREATE TYPE known AS (a int, kind regclass);
  CREATE TYPE mood AS ENUM ('calm', 'cross');
  CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql STABLE AS 'SELECT ROW($1, $1)::public.pair';
  CREATE CAST (int AS pair) WITH FUNCTION to_pair(int);
  CREATE FUNCTION usual() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
  CREATE DOMAIN usual_number AS int DEFAULT usual();
  CREATE TABLE with_default (id usual_number, kinds known);
  CREATE SEQUENCE numbers;
  CREATE VIEW under AS SELECT id, now() AS asked FROM t;
  CREATE VIEW middle AS SELECT * FROM under;
  CREATE VIEW quiet_under AS SELECT id, at FROM t;
  CREATE VIEW quiet_middle AS SELECT * FROM quiet_under;
  CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
  CREATE TABLE ranged (id int) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF ranged FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
  CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
  CREATE FOREIGN TABLE far (id int) SERVER files OPTIONS (filename '/dev/null');
  CREATE FOREIGN TABLE far_part PARTITION OF low FOR VALUES FROM (0) TO (5) SERVER files OPTIONS (filename '/dev/null');
  CREATE EXTENSION citext; CREATE TABLE mild (word citext);
  CREATE TEXT SEARCH CONFIGURATION own (COPY = simple)`;

/** A query, and what the reason must name; null where the view depends on its tables alone. */
const cases: readonly (readonly [query: string, names: string | null])[] = [
  ['SELECT now() FROM t', 'now()'],
  ['SELECT CURRENT_DATE FROM t', 'CURRENT_DATE'],
  ['SELECT id FROM t WHERE at > LOCALTIMESTAMP', 'LOCALTIMESTAMP'],
  ['SELECT age(at) FROM t', 'age()'],
  ['SELECT age(at, at) FROM t', null],
  ['SELECT random() FROM t', 'random()'],
  ['SELECT clock_timestamp() FROM t', 'clock_timestamp()'],
  ["SELECT 'now'::text::timestamptz FROM t", 'timestamp with time zone'],
  ['SELECT note::date FROM t', 'date'],
  ['SELECT ARRAY[note]::timestamp[] FROM t', 'timestamp without time zone'],
  ["SELECT at > '2026-01-01' AS late FROM t", null],
  ["SELECT date_trunc('day', at) FROM t", null],
  ['SELECT at::date AS day FROM t', null],
  ['SELECT local::timestamptz AS at, at::timestamp AS local, at::text AS words FROM t', null],
  ["SELECT at + '1 day'::interval AS later, at > local AS late FROM t", null],
  ['SELECT clock::timetz FROM t', 'timetz()'],
  ['SELECT at::timetz FROM t', null],
  ["SELECT to_char(at, 'YYYY'), to_char(n, '999') AS n, to_date(note, 'YYYY-MM-DD') FROM t", null],
  ['SELECT extract(year FROM at) FROM t', null],
  ["SELECT format('%s', at), concat(at, note), note || at AS both FROM t", null],
  ["SELECT jsonb_build_object('at', at, 'id', id), to_jsonb(quiet_under) AS whole FROM quiet_under", null],
  ['SELECT to_jsonb(t) FROM t', 'regtype'],
  ["SELECT json_agg(note), string_agg(note, ',') AS notes, array_agg(id ORDER BY id) AS ids FROM t", null],
  ['SELECT shape::text FROM t', 'regtype'],
  ['SELECT to_jsonb(w) FROM with_default w', 'regclass'],
  ['SELECT tableoid::regclass AS kind FROM t', 'regclass'],
  ["SELECT (doc ->> 'n')::int AS n, (doc ->> 'b')::boolean AS b FROM t", null],
  ["SELECT (doc ->> 'at')::timestamptz AS at FROM t", 'timestamp with time zone'],
  ['SELECT r.* FROM t, jsonb_to_record(doc) AS r (at date)', 'jsonb_to_record()'],
  ["SELECT x.* FROM t, xmltable('/a' PASSING (note::xml) COLUMNS at date PATH 'at') x", 'date'],
  ["SELECT to_tsvector('english', note) FROM t", null],
  ["SELECT to_tsvector('public.own', note) FROM t", 'text search'],
  ['SELECT to_tsvector(note) FROM t', 'to_tsvector()'],
  ['SELECT steady(id) FROM t', null],
  ['SELECT settled(id) FROM t', 'public.settled()'],
  ['SELECT loose(id) FROM t', 'public.loose()'],
  ['SELECT atomic_steady(id) FROM t', null],
  ['SELECT atomic_clock() FROM t', 'CURRENT_DATE'],
  ['SELECT since(at) FROM t', 'now()'],
  ['SELECT id <+> id AS n FROM t', 'public.settled_add()'],
  ['SELECT id <++> id AS n FROM t', null],
  ['SELECT id FROM t WHERE id <=+> 1', null],
  ['SELECT id FROM t WHERE id <+> 1 = ANY (ARRAY[1])', 'public.settled_add()'],
  ['SELECT settled_sum(id) FROM t', 'public.settled_add()'],
  ['SELECT steady_sum(id) FROM t', null],
  ['SELECT settled_sum(id) OVER (ORDER BY id) FROM t', 'public.settled_add()'],
  ['SELECT row_number() OVER (ORDER BY at), lag(at) OVER (ORDER BY id) FROM t', null],
  ['SELECT id::pair AS p FROM t', 'public.to_pair()'],
  ['SELECT note::mood AS m FROM t', null],
  ['SELECT id FROM with_default', null],
  ['SELECT id, at FROM checked', null],
  ['SELECT word, count(*) FROM mild GROUP BY word', null],
  ["SELECT word = 'a' AS same, note::citext AS c FROM mild, t", null],
  ['SELECT * FROM middle', 'now()'],
  ['SELECT * FROM quiet_middle', null],
  ['SELECT id FROM t TABLESAMPLE SYSTEM (50)', 'TABLESAMPLE'],
  ['SELECT relname FROM pg_class', 'pg_catalog.pg_class'],
  ['SELECT table_name FROM information_schema.tables', 'information_schema.tables'],
  ['SELECT id FROM t WHERE EXISTS (SELECT FROM pg_database)', 'pg_catalog.pg_database'],
  ['SELECT last_value FROM numbers', 'sequence public.numbers'],
  ["SELECT nextval('numbers') FROM t", 'nextval()'],
  ["SELECT g FROM generate_series(now() - '1 day'::interval, now(), '1 hour') g", 'now()'],
  ["SELECT g FROM t, generate_series(at, at + '1 day'::interval, '1 hour') g", null],
  ["SELECT current_setting('timezone') FROM t", 'current_setting()'],
  ['SELECT current_user FROM t', 'CURRENT_USER'],
  ['SELECT current_database() FROM t', 'current_database()'],
  ['SELECT txid_current() FROM t', 'txid_current()'],
  ['SELECT pg_size_pretty(pg_table_size(16384)) FROM t', 'pg_table_size()'],
  ['SELECT id FROM far', 'foreign table public.far'],
  ['SELECT id FROM ranged', 'far_part'],
  ['WITH w AS MATERIALIZED (SELECT random() AS r) SELECT r FROM w', 'random()'],
  [
    'SELECT id FROM t UNION ALL SELECT extract(epoch FROM statement_timestamp())::int FROM t',
    'statement_timestamp()',
  ],
  ['SELECT id FROM t ORDER BY random() LIMIT 1', 'random()'],
  ['SELECT id FROM t GROUP BY id HAVING max(at) > transaction_timestamp()', 'transaction_timestamp()'],
  ['SELECT (SELECT max(s.at) FROM t s WHERE s.id < t.id AND s.at < now()) FROM t', 'now()'],
  ['SELECT CASE WHEN id > 1 THEN COALESCE(at, now()) END AS c FROM t', 'now()'],
  ['SELECT count(*) FILTER (WHERE at > now()) FROM t', 'now()'],
  ['SELECT id AS ":funcid 1299 {SQLVALUEFUNCTION :op 0", note AS "{TABLESAMPLECLAUSE " FROM t', null],
];

describe.each([15, 18] as const)('what a view depends on, on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let client: Client;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    await cluster.createDatabase('definitions');
    client = new Client(cluster.config('definitions'));
    await client.connect();
    await client.query(preparation);
    const refused: string[] = [];
    for (const [number, [query]] of cases.entries()) {
      const create = `CREATE MATERIALIZED VIEW case_${number} AS ${query} WITH NO DATA`;
      await client.query(create).catch(({ message }: Error) => refused.push(`${query}: ${message}`));
    }
    expect(refused).toEqual([]);
  }, 60_000);
  afterAll(async () => {
    await client.end();
    await cluster.stop();
  });

  test('is found from its definition, with a reason that names it', async () => {
    const { views } = await readGraph(client, { readsAlso: {}, dependsOnClock: {} });
    const reasons = new Map(views.map(({ name, alwaysBecause }) => [name, alwaysBecause]));
    const wrong = cases.flatMap(([query, names], number) => {
      const reason = reasons.get(`case_${number}`);
      if (names === null ? reason === null : reason?.includes(names)) return [];
      return [{ query, names, reason }];
    });
    expect(wrong).toEqual([]);
  });

  test('is overruled by the config either way', async () => {
    const { views } = await readGraph(client, {
      readsAlso: {},
      dependsOnClock: { 'public.case_0': false, 'public."case_4"': true },
    });
    const reasons = new Map(views.map(({ name, alwaysBecause }) => [name, alwaysBecause]));
    expect(reasons.get('case_0')).toBeNull();
    expect(reasons.get('case_4')).toBe('the config says that it depends on the clock');
  });

  test('is row-level security where it binds the owner of the view, and not where it does not', async () => {
    await client.query(/* sql */ `
      CREATE ROLE reader_${major}; GRANT CREATE ON SCHEMA public TO reader_${major}; GRANT SELECT ON guarded TO reader_${major};
      CREATE MATERIALIZED VIEW by_superuser AS SELECT * FROM guarded WITH NO DATA;
      CREATE MATERIALIZED VIEW by_reader AS SELECT * FROM guarded WITH NO DATA;
      ALTER MATERIALIZED VIEW by_reader OWNER TO reader_${major};
      CREATE VIEW of_reader AS SELECT * FROM guarded; ALTER VIEW of_reader OWNER TO reader_${major};
      CREATE MATERIALIZED VIEW through_reader AS SELECT * FROM of_reader WITH NO DATA`);
    const { views } = await readGraph(client, { readsAlso: {}, dependsOnClock: {} });
    const reasons = Object.fromEntries(
      views
        .filter(({ name }) => /_(superuser|reader)$/.test(name))
        .map(({ name, alwaysBecause }) => [name, alwaysBecause]),
    );
    expect(reasons).toEqual({
      by_superuser: null,
      by_reader: `row-level security of public.guarded binds reader_${major}`,
      through_reader: `row-level security of public.guarded binds reader_${major}`,
    });
  });

  if (major === 18) {
    test('is seen in the syntax of later versions, too', async () => {
      await client.query(/* sql */ `
        CREATE TABLE computed (id int, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL);
        CREATE MATERIALIZED VIEW later_virtual AS SELECT twice FROM computed;
        CREATE MATERIALIZED VIEW later_json AS SELECT JSON_VALUE(doc, '$.at' RETURNING date) FROM t;
        CREATE MATERIALIZED VIEW later_object AS SELECT JSON_OBJECT('at': at) FROM t`);
      const { views } = await readGraph(client, { readsAlso: {}, dependsOnClock: {} });
      const reason = (wanted: string) => views.find(({ name }) => name === wanted)?.alwaysBecause;
      expect(reason('later_virtual')).toBeNull();
      expect(reason('later_json')).toContain('SQL/JSON');
      expect(reason('later_object')).toBeNull();
    });
  }
});
