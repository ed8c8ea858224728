/**
 * SQL for a relation of `pg_class` called by this alias: how old its oldest transaction id or multixact is, as a part of
 * the age at which Postgres freezes it by force; 0 for what has none, such as a partitioned table. Of its TOAST ask apart.
 */
export function freezeShare(relation: string): string {
  const part = (
    age: string,
    setting: string,
  ) => /* sql */ `${age} / least(current_setting('${setting}')::float8,
    (SELECT option_value::float8 FROM pg_options_to_table(${relation}.reloptions) WHERE option_name = '${setting}'))`;
  return /* sql */ `greatest(0,
    CASE WHEN ${relation}.relfrozenxid::text <> '0' THEN ${part(`age(${relation}.relfrozenxid)`, 'autovacuum_freeze_max_age')} END,
    CASE WHEN ${relation}.relminmxid::text <> '0' THEN ${part(`mxid_age(${relation}.relminmxid)`, 'autovacuum_multixact_freeze_max_age')} END)`;
}
