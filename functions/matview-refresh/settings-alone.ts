/**
 * Built-in functions that Postgres calls STABLE since they depend on settings, as `timezone`, that our connections set
 * or the evidence keeps: no clock, no catalog. By name; with arguments where another of the name is not harmless.
 * Left out on purpose: `timetz(time)` and `timezone(text, timetz)`, which take the offset of today; whatever reads
 * times from text or JSON, where 'now' and 'today' may be written; text search by the default configuration.
 */
const names = new Set([
  'anytextcat',
  'array_to_json',
  'array_to_string',
  'concat',
  'concat_ws',
  'convert',
  'convert_from',
  'convert_to',
  'date',
  'date_add',
  'date_part',
  'date_subtract',
  'date_trunc',
  'enum_first',
  'enum_last',
  'enum_range',
  'extract',
  'format',
  'generate_series',
  'in_range',
  'interval_pl_timestamptz',
  'json_build_array',
  'json_build_object',
  'jsonb_build_array',
  'jsonb_build_object',
  'money',
  'numeric',
  'overlaps',
  'quote_literal',
  'quote_nullable',
  'row_to_json',
  'textanycat',
  'time',
  'timestamp',
  'timestamptz',
  'timestamptz_mi_interval',
  'timestamptz_pl_interval',
  'timetz(timestamp with time zone)',
  'timezone(timestamp with time zone)',
  'timezone(timestamp without time zone)',
  'to_char',
  'to_date',
  'to_json',
  'to_jsonb',
  'to_number',
  'to_timestamp',
  'xml',
  'xml_is_well_formed',
]);

const gathersJson = /^jsonb?_(object_)?agg(_unique)?(_strict)?$/;
const comparison = /^(date|timestamp|timestamptz)_(cmp|eq|ge|gt|le|lt|ne)_(date|timestamp|timestamptz)$/;

/** Of a STABLE built-in function; `args` as pg_get_function_identity_arguments gives them. */
export function dependsOnSettingsAlone(name: string, args: string): boolean {
  return (
    names.has(name) ||
    names.has(`${name}(${args})`) ||
    [gathersJson, comparison].some((pattern) => pattern.test(name))
  );
}
