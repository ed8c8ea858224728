import type { FooterColumn } from '../../shared/parquet/footer.ts';
import type { ColumnDescription } from '../../shared/postgres/schema-description.ts';

/** How an export writes Postgres types; whatever is not named here becomes text. Source: RDS user guide, data types. */
const parquetTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    int8: 'INT64',
    int4: 'INT32',
    int2: 'INT32/INT_16',
    float8: 'DOUBLE',
    float4: 'FLOAT',
    bool: 'BOOLEAN',
    bytea: 'BYTE_ARRAY',
  }),
);

/** One line for each column that is missing in the file or is of another type than the mapping says. */
export function compareColumns(
  expected: readonly ColumnDescription[],
  found: readonly FooterColumn[],
): string[] {
  const byName = new Map(found.map(({ name, type }) => [name, type]));
  return expected.flatMap(({ name, type, typeName }) => {
    const wanted = parquetTypes.get(typeName) ?? 'BYTE_ARRAY/UTF8';
    const actual = byName.get(name);
    if (actual === undefined) return [`the column "${name}" (${type}) is missing`];
    return actual === wanted ? [] : [`the column "${name}" (${type}) is ${actual}, not ${wanted}`];
  });
}
