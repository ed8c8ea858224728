/** Tables, views on them and views on views; whatever is written gets an id and a number that were never there before. */
export const historySchema = /* sql */ `
  CREATE SEQUENCE tick;
  CREATE TABLE visits (id bigint PRIMARY KEY DEFAULT nextval('tick'), cost float8 NOT NULL DEFAULT random(), pad integer);
  CREATE TABLE lookup (id bigint PRIMARY KEY DEFAULT nextval('tick'), cost float8 NOT NULL DEFAULT random(), pad integer);
  CREATE TABLE rare (id bigint PRIMARY KEY DEFAULT nextval('tick'), cost float8 NOT NULL);
  CREATE TABLE parts (key integer NOT NULL, id bigint DEFAULT nextval('tick'), cost float8 DEFAULT random()) PARTITION BY RANGE (key);
  CREATE TABLE parts_0 PARTITION OF parts FOR VALUES FROM (0) TO (100);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (key);
  CREATE TABLE parts_1_low PARTITION OF parts_1 FOR VALUES FROM (100) TO (150);
  CREATE TABLE parts_1_high PARTITION OF parts_1 FOR VALUES FROM (150) TO (200);
  CREATE TABLE spare (LIKE parts INCLUDING DEFAULTS);
  INSERT INTO visits SELECT FROM generate_series(1, 40);
  INSERT INTO lookup SELECT FROM generate_series(1, 3);
  INSERT INTO parts (key) SELECT 5 * n FROM generate_series(0, 39) AS n;
  INSERT INTO spare (key) SELECT 200 + n FROM generate_series(0, 4) AS n;
  CREATE FUNCTION scaled(float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
  CREATE VIEW v_visits AS SELECT id, cost + 1 AS cost FROM visits;
  CREATE MATERIALIZED VIEW mv_visits AS SELECT id, cost FROM v_visits WITH NO DATA;
  CREATE MATERIALIZED VIEW mv_scaled AS SELECT id, scaled(cost) AS cost FROM visits WITH NO DATA;
  CREATE MATERIALIZED VIEW mv_rows AS SELECT row_to_json(visits)::text AS whole FROM visits WITH NO DATA;
  CREATE MATERIALIZED VIEW mv_lookup AS SELECT id, cost FROM lookup WITH NO DATA;
  -- Empty, so that its own counters are nought and tell nothing.
  CREATE MATERIALIZED VIEW mv_rare AS SELECT id, cost FROM rare WHERE cost > 5 WITH NO DATA;
  CREATE MATERIALIZED VIEW mv_parts AS SELECT id, key, cost FROM parts WITH NO DATA;
  CREATE MATERIALIZED VIEW mv_top AS SELECT 'v' AS kind, id, cost FROM mv_visits
    UNION ALL SELECT 'p', id, cost FROM mv_parts WITH NO DATA;
  CREATE UNIQUE INDEX ON mv_visits (id);
  CREATE UNIQUE INDEX ON mv_lookup (id);
  CREATE UNIQUE INDEX ON mv_parts (id);
  CREATE UNIQUE INDEX ON mv_top (kind, id);
  CREATE PROCEDURE churn(seconds float8) LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO visits DEFAULT VALUES; COMMIT;
    DELETE FROM parts WHERE id = (SELECT min(id) FROM parts); COMMIT;
    PERFORM pg_sleep(seconds);
    INSERT INTO lookup DEFAULT VALUES; COMMIT;
  END $$;`;

/** Each after what it reads. */
export const viewNames = [
  'mv_visits',
  'mv_scaled',
  'mv_rows',
  'mv_lookup',
  'mv_rare',
  'mv_parts',
  'mv_top',
] as const;
export type ViewName = (typeof viewNames)[number];

export const hasUniqueIndex = (view: ViewName) => !['mv_scaled', 'mv_rows', 'mv_rare'].includes(view);
