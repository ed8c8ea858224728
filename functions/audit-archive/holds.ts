import type { ArchiveHold } from '../../shared/config/schema.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ReferenceFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';

type Holding = Pick<ArchivePolicy, 'source' | 'ageColumn' | 'holds' | 'onReferenced'>;

/**
 * SQL conditions over the table's columns, whose FROM must name it without an alias: a row for which one is true must
 * stay. Those of the config, and with `onReferenced: keep` one for each foreign key that points here.
 */
export function holdConditions(
  policy: Holding,
  ageType: string,
  references: readonly ReferenceFact[],
): string[] {
  const kept = policy.onReferenced === 'keep' ? references.map((key) => referenced(policy, key)) : [];
  return [...policy.holds.map((hold) => holdCondition(hold, policy.ageColumn, ageType)), ...kept];
}

/** Of the predicate and the period both must be true, where the hold has both. */
export function holdCondition({ where, from, to }: ArchiveHold, ageColumn: string, ageType: string): string {
  const age = quoteName(ageColumn);
  return [
    ...(where === undefined ? [] : [`(\n${where}\n)`]),
    ...(from === undefined ? [] : [`${age} >= ${moment(from, ageType)}`]),
    ...(to === undefined ? [] : [`${age} < ${moment(to, ageType, 'exact')}`]),
  ].join(' AND ');
}

/** A date is held from the day on in which the period begins: more rather than less. */
function moment(time: string, ageType: string, date: 'whole day' | 'exact' = 'whole day'): string {
  const literal = `'${time.replaceAll("'", "''")}'::timestamptz`;
  if (ageType.endsWith('with time zone')) return literal;
  const utc = `(${literal} AT TIME ZONE 'UTC')`;
  return ageType === 'date' && date === 'whole day' ? `${utc}::date` : utc;
}

function referenced({ source }: Holding, { schema, table, columns }: ReferenceFact): string {
  const pairs = columns.map(
    ({ from, to }) => `${quoteName('referencing', from)} = ${quoteName(source.schema, source.name, to)}`,
  );
  return `EXISTS (SELECT FROM ${quoteName(schema, table)} AS "referencing" WHERE ${pairs.join(' AND ')})`;
}
