-- What breaks code that assumes plain names, plain types and plain tables.
CREATE SCHEMA oddities;
SET LOCAL search_path = oddities;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine", really');
CREATE DOMAIN percentage AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN big_count AS bigint;
CREATE TYPE address AS (street text, number integer, tags text[]);

-- Row 1 is ordinary, row 2 all NULL, the others hold the ends of what each type can say.
CREATE TABLE every_type (
  id integer PRIMARY KEY,
  a_smallint smallint, an_integer integer, a_bigint bigint,
  a_real real, a_double double precision, a_boolean boolean, a_bytea bytea,
  a_numeric numeric, a_price numeric(12, 2), a_money money,
  a_text text, a_varchar varchar(40), a_char char(10), a_name name, an_internal_char "char",
  a_date date, a_time time, a_timetz timetz, a_timestamp timestamp, a_timestamptz timestamptz,
  an_interval interval, a_json json, a_jsonb jsonb, a_uuid uuid,
  an_inet inet, a_cidr cidr, a_macaddr macaddr, a_macaddr8 macaddr8, a_bit bit(5), a_varbit varbit,
  an_int_array integer[], a_text_array text[], a_bytea_array bytea[], a_mood_array mood[],
  an_int_range int4range, a_tstz_range tstzrange, a_num_multirange nummultirange,
  a_mood mood, a_percentage percentage, a_big_count big_count, an_address address, an_address_array address[],
  a_point point, a_line line, a_segment lseg, a_box box, a_path path, a_polygon polygon, a_circle circle,
  a_tsvector tsvector, a_tsquery tsquery, a_pg_lsn pg_lsn, an_oid oid
);

-- One string a row, each of which some text format loses or changes.
CREATE TABLE strings (id integer PRIMARY KEY, what text NOT NULL, value text);

-- Three values of a megabyte each, which Postgres keeps out of line.
CREATE TABLE big_values (id integer PRIMARY KEY, body text, document jsonb, content bytea);
ALTER TABLE big_values ALTER body SET STORAGE EXTERNAL;

CREATE TABLE "Order" ("select" integer PRIMARY KEY, "from" text, "userId" integer, "quote""d" text);
CREATE TABLE "Order Line" ("order" integer REFERENCES "Order", "limit" integer, PRIMARY KEY ("order", "limit"));
CREATE TABLE "a ""quoted"" name" (id integer PRIMARY KEY, note text);
CREATE TABLE "dotted.name" (id integer PRIMARY KEY, note text);
CREATE TABLE "naïve_表_🚀" (id integer PRIMARY KEY, "größe" integer);
CREATE TABLE "slash/name" (id integer PRIMARY KEY, note text);
CREATE TABLE comma_column (id integer PRIMARY KEY, "lat,long" text);
CREATE TABLE space_column (id integer PRIMARY KEY, "full name" text);

CREATE SCHEMA "MixedCase";
CREATE TABLE "MixedCase"."CamelTable" ("Id" integer PRIMARY KEY, "createdAt" timestamptz);

CREATE TABLE empty_table (id integer PRIMARY KEY, note text);
CREATE TABLE no_key (a integer, b text);
CREATE TABLE composite_key (tenant uuid, number integer, note text, PRIMARY KEY (tenant, number));
CREATE UNLOGGED TABLE unlogged_scratch (id integer PRIMARY KEY, note text);

CREATE TABLE derived (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  net numeric(10, 2) NOT NULL,
  gross numeric(12, 4) GENERATED ALWAYS AS (net * 1.19) STORED
);

-- A dropped column leaves a gap in the attribute numbers.
CREATE TABLE dropped_column (id integer PRIMARY KEY, gone text, kept text);
ALTER TABLE dropped_column DROP COLUMN gone;

CREATE TABLE tree (id integer PRIMARY KEY, parent_id integer REFERENCES tree, name text NOT NULL);

-- Reading the parent reads the child's rows too, unless one asks for ONLY.
CREATE TABLE parent (id integer PRIMARY KEY, note text);
CREATE TABLE child (extra text) INHERITS (parent);

CREATE TABLE by_month (id bigint NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE by_month_2026_01 PARTITION OF by_month FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE by_month_2026_02 PARTITION OF by_month FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE by_month_default PARTITION OF by_month DEFAULT;
