import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveTableFact, DatabaseFacts, PolicyFacts } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import type { Remark } from './remark.ts';

/** What stands against the table that is to take the rows: it is made where it is missing, with a partition for each month. */
export function refuseArchiveTable(
  policy: ArchivePolicy,
  facts: PolicyFacts,
  { role, serverVersion }: Pick<DatabaseFacts, 'role' | 'serverVersion'>,
): Remark[] {
  const target = policy.archiveTable;
  if (target === null) return [];
  if (serverVersion < 15) {
    return [
      {
        reason: 'archive tables need PostgreSQL 15 or later',
        remedy: 'Upgrade the instance, or archive to S3 alone.',
      },
    ];
  }
  const name = formatTableName(target);
  if (facts.archiveSchemaCreate === null) {
    return [
      {
        reason: `the schema of its archive table ${name} does not exist`,
        remedy: `CREATE SCHEMA ${quoteName(target.schema)} AUTHORIZATION ${quoteName(role)};`,
      },
    ];
  }
  const there = facts.archiveTable ? refuseExisting(policy, facts, facts.archiveTable, role) : [];
  return [...there, ...refuseMaking(policy, facts, role)];
}

/** Partitions and the view over live and archived rows are made by the role itself. */
function refuseMaking(policy: ArchivePolicy, facts: PolicyFacts, role: string): Remark[] {
  const lacking = [
    ...(facts.archiveSchemaCreate ? [] : [policy.archiveTable?.schema ?? '']),
    ...(facts.table?.privileges.schemaCreate ? [] : [policy.source.schema]),
  ];
  return [...new Set(lacking)].map((schema) => ({
    reason: `the role ${role} may not make the archive's tables and view in the schema ${schema}`,
    remedy: `GRANT USAGE, CREATE ON SCHEMA ${quoteName(schema)} TO ${quoteName(role)};`,
  }));
}

function refuseExisting(
  policy: ArchivePolicy,
  { table }: PolicyFacts,
  archive: ArchiveTableFact,
  role: string,
): Remark[] {
  const name = formatTableName(archive);
  const place = quoteName(archive.schema, archive.name);
  if (archive.kind !== 'partitioned table' && archive.kind !== 'table') {
    return [{ reason: `its archive table ${name} is a ${archive.kind}`, remedy: 'Name another in "to".' }];
  }
  const remarks: Remark[] = [
    ...archive.unsafe.map((part) => refuseUnsafe(name, part)),
    ...refuseHooks(policy, archive),
  ];
  if (archive.kind === 'partitioned table' && !archive.owner) {
    remarks.push({
      reason: `the role ${role} does not own the archive table ${name}, and only an owner adds partitions`,
      remedy: `ALTER TABLE ${place} OWNER TO ${quoteName(role)};`,
    });
  } else if (!archive.insert || !archive.select) {
    remarks.push({
      reason: `the role ${role} cannot write the archive table ${name}`,
      remedy: `GRANT SELECT, INSERT, UPDATE ON ${place} TO ${quoteName(role)};`,
    });
  }
  const different = policy.rollUp
    ? []
    : differentColumns(table?.columns ?? [], archive.columns, archive.owner);
  if (different.length > 0) {
    remarks.push({
      reason: `the archive table ${name} cannot take the rows as they are: ${different.map(({ what }) => what).join('; ')}`,
      remedy: different.map(({ name: column, type }) => alter(place, archive, column, type)).join(' '),
    });
  }
  return remarks;
}

/** Rows are deleted once they are there, and then they are nowhere else. */
function refuseUnsafe(archive: string, { schema, name, is }: ArchiveTableFact['unsafe'][number]): Remark {
  const part = formatTableName({ schema, name });
  const what = part === archive ? `its archive table ${part}` : `${part}, of the archive table ${archive},`;
  switch (is) {
    case 'unlogged':
      return {
        reason: `${what} is unlogged: a crash empties it`,
        remedy: `ALTER TABLE ${quoteName(schema, name)} SET LOGGED;`,
      };
    case 'temporary':
      return { reason: `${what} is temporary: it ends with its session`, remedy: 'Name another in "to".' };
    case 'foreign':
      return {
        reason: `${what} is foreign: what is written there is not of this transaction`,
        remedy: 'Detach it, or name another table in "to".',
      };
  }
}

/** Only a roll-up updates what is there already. */
function refuseHooks({ passedTriggers, rollUp }: ArchivePolicy, archive: ArchiveTableFact): Remark[] {
  const firing = archive.writeHooks.filter(
    ({ name, event }) => (rollUp || event === 'INSERT') && !passedTriggers.includes(name),
  );
  return firing.map(({ is, name, event, table }) => ({
    reason: `the ${is} ${name} on ${formatTableName(table)} stands between the rows and the archive table ${formatTableName(archive)}: it fires on ${event}, and may change or drop them`,
    remedy: 'Drop it, or where it leaves the rows as they are, name it in "passedTriggers".',
  }));
}

type Columns = ArchiveTableFact['columns'];

function differentColumns(live: Columns, archived: Columns, mayAdd: boolean) {
  return live.flatMap(({ name, type }) => {
    const same = archived.find((column) => column.name === name);
    // The owner adds a column by itself, when the rows come.
    if (!same) return mayAdd ? [] : [{ name, type, what: `it has no column ${name}` }];
    return same.type === type
      ? []
      : [{ name, type, what: `${name} is ${same.type}, and ${type} in the table` }];
  });
}

function alter(place: string, { columns }: ArchiveTableFact, column: string, type: string): string {
  const change = columns.some(({ name }) => name === column)
    ? `ALTER COLUMN ${quoteName(column)} TYPE ${type}`
    : `ADD COLUMN ${quoteName(column)} ${type}`;
  return `ALTER TABLE ${place} ${change};`;
}
