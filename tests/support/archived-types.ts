import fc from 'fast-check';

/** How one column's values are compared: what DuckDB says of the file, and what Postgres says of the table, as text. */
interface Compared {
  readonly inDuckDb: (column: string) => string;
  readonly inPostgres: (column: string) => string;
}

export interface TypeCase {
  readonly type: string;
  /** SQL expressions of the type, `NULL` aside. */
  readonly values: fc.Arbitrary<string>;
  readonly compared: Compared;
  /** Types without an equality of their own are compared by their text alone. */
  readonly hasEquality?: false;
}

export const TYPES_SQL = /* sql */ `
  CREATE TYPE mood AS ENUM ('fine', 'so so', 'it''s "bad"');
  CREATE TYPE pair AS (label text, amount numeric);
  CREATE DOMAIN money_like AS numeric(8, 3);
  CREATE DOMAIN label AS text CHECK (length(VALUE) < 100000);
  CREATE DOMAIN labels AS label[];`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const literals = (...texts: readonly string[]) => fc.constantFrom(...texts.map(quoted));
const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({ maxLength: 400 }),
    fc.constantFrom('', '\\N', '\\.', '\ufeffx', 'a\tb\r\n\\n'),
  )
  .map((text) => text.replaceAll('\0', ''));
const text = anyText.map(quoted);

/** In hex, as DuckDB's client takes a byte order mark off. */
export const asText: Compared = {
  inDuckDb: (c) => `lower(hex(${c}::VARCHAR))`,
  inPostgres: (c) => `encode(convert_to(${c}::text, 'UTF8'), 'hex')`,
};
/** DuckDB leaves the zero before the point out where a type has no digit there. */
const asDecimal: Compared = {
  inDuckDb: (c) => `regexp_replace(${c}::VARCHAR, '^(-?)\\.', '\\10.')`,
  inPostgres: (c) => `${c}::text`,
};
const asHex: Compared = { inDuckDb: (c) => `lower(hex(${c}))`, inPostgres: (c) => `encode(${c}, 'hex')` };
const asBool: Compared = { inDuckDb: (c) => `${c}::VARCHAR`, inPostgres: (c) => `${c}::text` };
/** Read as numbers on both sides, so that each may write them as it likes. */
const asDouble: Compared = { inDuckDb: (c) => `${c}::DOUBLE`, inPostgres: (c) => `${c}::float8::text` };
/** Micro­seconds since 1970, or the name of an infinity. */
const asMicros: Compared = {
  inDuckDb: (c) =>
    `CASE WHEN isinf(${c}) THEN CASE WHEN ${c} > TIMESTAMP '1970-01-01' THEN 'infinity' ELSE '-infinity' END ELSE epoch_us(${c})::VARCHAR END`,
  inPostgres: (c) =>
    `CASE WHEN isfinite(${c}) THEN (extract(epoch FROM ${c}) * 1000000)::numeric(30, 0)::text ELSE ${c}::text END`,
};
const asZonedMicros: Compared = {
  ...asMicros,
  inDuckDb: (c) =>
    asMicros.inDuckDb(c).replace("TIMESTAMP '1970-01-01'", "TIMESTAMPTZ '1970-01-01 00:00:00+00'"),
};
const asDays: Compared = {
  inDuckDb: (c) =>
    `CASE WHEN isinf(${c}) THEN CASE WHEN ${c} > DATE '1970-01-01' THEN 'infinity' ELSE '-infinity' END ELSE (${c} - DATE '1970-01-01')::VARCHAR END`,
  inPostgres: (c) => `CASE WHEN isfinite(${c}) THEN (${c} - date '1970-01-01')::text ELSE ${c}::text END`,
};

const integers = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n));
const int = (min: bigint, max: bigint) => integers(min, max).map((value) => quoted(value.toString()));
const decimal = (precision: number, scale: number) => {
  const largest = 10n ** BigInt(precision) - 1n;
  return integers(-largest, largest).map((value) => quoted(`${value}e-${scale}`));
};
const digits = fc.bigInt({ min: -(10n ** 1_000n), max: 10n ** 1_000n });
const anyNumeric = fc.oneof(
  fc.tuple(digits, fc.nat(300)).map(([value, scale]) => quoted(`${value}e-${scale}`)),
  literals('NaN', 'Infinity', '-Infinity', '0.000', '1e500', '-1e-500'),
);
const micros = (min: bigint, max: bigint, type: string) =>
  fc
    .bigInt({ min, max })
    .map((value) => `${type} '1970-01-01 00:00:00+00' + interval '${value} microseconds'`);
const timestamps = (type: string) =>
  fc.oneof(
    micros(-62_135_596_800_000_000n, 253_402_300_799_999_999n, type),
    literals(
      'infinity',
      '-infinity',
      '4714-11-24 00:00:00+00 BC',
      '0044-03-15 12:00:00.000001 BC',
      '1969-12-31 23:59:59.999999+00',
      '294246-12-31 23:59:59.999999+00',
    ),
  );
const json = fc.oneof(
  fc.json({ maxDepth: 3 }).map((value) => value.replaceAll('\\u0000', '')),
  fc.constantFrom(
    '{"a":1,"a":2 , "b" : [ ]}',
    ' [1,\n\t2 ] ',
    '"\\ud83d\\ude00 é"',
    '1e400',
    'null',
    '{"":{"a\\tb":"\\\\"}}',
  ),
);

export const TYPE_CASES: readonly TypeCase[] = [
  { type: 'boolean', values: fc.constantFrom('true', 'false'), compared: asBool },
  { type: 'smallint', values: int(-32_768n, 32_767n), compared: asText },
  { type: 'integer', values: int(-2_147_483_648n, 2_147_483_647n), compared: asText },
  { type: 'bigint', values: int(-(2n ** 63n), 2n ** 63n - 1n), compared: asText },
  { type: 'oid', values: int(0n, 2n ** 32n - 1n), compared: asText },
  {
    type: 'real',
    values: fc.oneof(
      fc
        .float({ noDefaultInfinity: false })
        .map((value) => quoted(Object.is(value, -0) ? '-0' : String(value))),
      literals('NaN', '-0', '1e-45', '3.4028235e38'),
    ),
    compared: asDouble,
  },
  {
    type: 'double precision',
    values: fc.oneof(
      fc.double().map((value) => quoted(Object.is(value, -0) ? '-0' : String(value))),
      literals('NaN', '-0', '5e-324', '-Infinity'),
    ),
    compared: asDouble,
  },
  { type: 'numeric(9, 0)', values: decimal(9, 0), compared: asText },
  { type: 'numeric(18, 5)', values: decimal(18, 5), compared: asText },
  { type: 'numeric(18, 18)', values: decimal(18, 18), compared: asDecimal },
  { type: 'numeric(38, 10)', values: decimal(38, 10), compared: asText },
  {
    type: 'numeric(6, 2)',
    values: fc.oneof({ weight: 60, arbitrary: decimal(6, 2) }, literals('NaN')),
    compared: asText,
  },
  { type: 'numeric', values: anyNumeric, compared: asText },
  { type: 'numeric(50, 3)', values: decimal(50, 3), compared: asText },
  { type: 'numeric(3, -2)', values: literals('12300', '-99900'), compared: asText },
  { type: 'money_like', values: decimal(8, 3), compared: asText },
  { type: 'text', values: text, compared: asText },
  { type: 'varchar(500)', values: text, compared: asText },
  {
    type: 'char(12)',
    values: literals('', 'padded', 'ends in   ', 'é'),
    compared: { ...asText, inPostgres: (c) => asText.inPostgres(`rpad(${c}::text, 12)`) },
  },
  { type: 'name', values: literals('a name', ''), compared: asText },
  { type: '"char"', values: literals('x', ''), compared: asText },
  { type: 'json', values: json.map(quoted), compared: asText, hasEquality: false },
  { type: 'jsonb', values: json.map(quoted), compared: asText },
  {
    type: 'xml',
    values: literals('<a/>', '<?xml version="1.0" encoding="UTF-8"?><a b="c"/>', 'text &amp; more'),
    compared: asText,
    hasEquality: false,
  },
  { type: 'uuid', values: fc.uuid().map(quoted), compared: asText },
  {
    type: 'bytea',
    values: fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) => quoted(`\\x${Buffer.from(bytes).toString('hex')}`)),
    compared: asHex,
  },
  {
    type: 'date',
    values: fc.oneof(
      fc.integer({ min: -2_000_000, max: 2_000_000 }).map((days) => `date '1970-01-01' + ${days}`),
      literals('infinity', '-infinity', '4714-11-24 BC', '5874897-12-31', '0001-01-01', '0001-12-31 BC'),
    ),
    compared: asDays,
  },
  { type: 'timestamp', values: timestamps('timestamp'), compared: asMicros },
  { type: 'timestamptz', values: timestamps('timestamptz'), compared: asZonedMicros },
  {
    type: 'timestamp(0)',
    values: fc.oneof({ weight: 60, arbitrary: timestamps('timestamp') }, literals('294276-12-31 23:59:59')),
    compared: asMicros,
  },
  {
    type: 'time',
    values: fc.oneof(
      int(0n, 86_399_999_999n).map((value) => `time '00:00' + (${value} || ' microseconds')::interval`),
      literals('24:00:00', '23:59:59.999999'),
    ),
    compared: asText,
  },
  {
    type: 'timetz',
    values: literals('12:34:56.789+05:30', '24:00:00-15:59', '00:00:00+00'),
    compared: asText,
  },
  {
    type: 'interval',
    values: literals('1 year 2 mons -3 days 04:05:06.000007', '-178000000 years', '0'),
    compared: asText,
  },
  { type: 'inet', values: literals('10.0.0.1', '10.0.0.1/8', '::1', 'fe80::/10'), compared: asText },
  { type: 'mood', values: literals('fine', 'so so', 'it\'s "bad"'), compared: asText },
  { type: 'label', values: text, compared: asText },
  {
    type: 'labels',
    values: fc
      .array(fc.option(anyText), { maxLength: 4 })
      .map(
        (texts) =>
          `ARRAY[${texts.map((value) => (value === null ? 'NULL' : quoted(value))).join(', ')}]::label[]`,
      ),
    compared: asText,
  },
  {
    type: 'integer[]',
    values: literals('{}', '{1,NULL,-3}', '{{1,2},{NULL,4}}', '[2:3]={7,8}'),
    compared: asText,
  },
  {
    type: 'pair',
    values: fc
      .tuple(fc.option(anyText), anyNumeric)
      .map(([label, amount]) => `ROW(${label === null ? 'NULL' : quoted(label)}, ${amount}::numeric)::pair`),
    compared: asText,
  },
  {
    type: 'pair[]',
    values: literals('{}', '{"(\\"a \\"\\"quoted\\"\\" , one\\",1.50)",NULL,"(,)"}'),
    compared: asText,
  },
  {
    type: 'int8range',
    values: literals('empty', '[1,5)', '(,)', '[-9223372036854775808,)'),
    compared: asText,
  },
  { type: 'bit varying(20)', values: literals('', '10101'), compared: asText },
  { type: 'money', values: literals('12.34', '-92233720368547758.08'), compared: asText },
  { type: 'point', values: literals('(0.1,-0)', '(1e300,NaN)'), compared: asText, hasEquality: false },
  { type: 'tsvector', values: literals("'a':1A 'it''s':2", ''), compared: asText },
  { type: 'regclass', values: literals('pg_class', 'pg_catalog.pg_type'), compared: asText },
];
