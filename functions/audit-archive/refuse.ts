import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { isAgeType } from './cutoff.ts';
import type { DatabaseFacts, PolicyFacts, TableFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import { refuseArchiveTable } from './refuse-archive-table.ts';
import { isAppendOnly, refuseDependents } from './refuse-dependents.ts';
import { refusePartitions } from './refuse-partitions.ts';
import type { Remark } from './remark.ts';

type About = Omit<DatabaseFacts, 'policies'>;

/**
 * Every reason why a policy's table must not be archived, all of them together, each with what mends it. Nothing is
 * refused that the policy allows in so many words.
 */
export function refusalsOf(
  policy: ArchivePolicy,
  facts: PolicyFacts | undefined,
  about: About,
  all: readonly ArchivePolicy[],
): Remark[] {
  const { table } = facts ?? {};
  if (!facts || !table) return [...refuseDatabase(about), noTable(policy)];
  return [
    ...refuseDatabase(about),
    ...refuseKind(policy, table),
    ...refuseOverlap(table, all),
    ...refuseColumns(policy, table),
    ...refusePrivileges(policy, table, about.role),
    ...refuseDependents(policy, table, all),
    ...refusePartitions(policy, facts, table, about.role),
    ...refuseArchiveTable(policy, facts, about),
    ...refuseHolds(facts, about),
    ...Object.entries(facts.holdFaults).map(([hold, fault]) => ({
      reason: `the hold "${hold}" cannot be applied: ${fault}`,
      remedy: 'Correct its "where" in the config; until then nothing of the table moves.',
    })),
  ];
}

const noTable = ({ name }: ArchivePolicy): Remark => ({
  reason: `there is no table ${name}`,
  remedy: 'Check schema, name and quotes in the config: names are compared letter by letter.',
});

function refuseDatabase({ readOnly, ledger, role }: About): Remark[] {
  if (readOnly) {
    return [{ reason: 'the server is read-only: a replica, or one that is being restored', remedy: null }];
  }
  if (!ledger.exists) {
    return [
      {
        reason: 'the ledger in schema nightshift is missing',
        remedy: 'Apply infra/sql/*.up.sql in the order of their numbers.',
      },
    ];
  }
  if (ledger.usage && ledger.select && ledger.insert) return [];
  const to = quoteName(role);
  return [
    {
      reason: `the role ${role} cannot write the ledger`,
      remedy: `GRANT USAGE ON SCHEMA nightshift TO ${to}; GRANT SELECT, INSERT ON nightshift.archive_batches TO ${to}; GRANT UPDATE (locked_at, locked_until, manifest_sequence) ON nightshift.archive_batches TO ${to}; GRANT SELECT, INSERT, UPDATE, DELETE ON nightshift.archive_policies, nightshift.archive_runs TO ${to};`,
    },
  ];
}

function refuseKind({ name }: ArchivePolicy, table: TableFact): Remark[] {
  const { kind, persistence, children, unfitPartitions } = table;
  if (!['table', 'partition', 'partitioned table'].includes(kind)) {
    return [{ reason: `${name} is no table, but a ${kind}`, remedy: 'Name the table that holds the rows.' }];
  }
  if (persistence === 'temporary') return [{ reason: `${name} is temporary`, remedy: null }];
  if (children.length === 0) return unfitPartitions.map(refuseUnfit);
  const names = children.map((child) => formatTableName(child)).join(', ');
  return [
    {
      reason: `${names} inherit from it: their rows would be moved without the columns that only they have`,
      remedy: `ALTER TABLE … NO INHERIT ${name}, or archive each of them by a policy of its own.`,
    },
  ];
}

function refuseUnfit({ schema, name, kind }: TableFact['unfitPartitions'][number]): Remark {
  return {
    reason: `its partition ${formatTableName({ schema, name })} is a ${kind}: what lies there is not of this database`,
    remedy: `ALTER TABLE … DETACH PARTITION ${quoteName(schema, name)}; or archive the other partitions by policies of their own.`,
  };
}

function refuseOverlap({ ancestors }: TableFact, all: readonly ArchivePolicy[]): Remark[] {
  const above = ancestors
    .map((ancestor) => formatTableName(ancestor))
    .filter((ancestor) => all.some(({ name }) => name === ancestor));
  return above.map((ancestor) => ({
    reason: `it is a partition of ${ancestor}, which has a policy too`,
    remedy: 'Leave one of the two policies out.',
  }));
}

const summable = /^(smallint|integer|bigint|real|double precision|money|interval|numeric(\(.*\))?)$/;

function refuseColumns(policy: ArchivePolicy, { columns }: TableFact): Remark[] {
  const { ageColumn, omit, hash, rollUp } = policy;
  const typeOf = (wanted: string) => columns.find(({ name }) => name === wanted)?.type;
  const named = [ageColumn, ...omit, ...hash, ...(rollUp ? [...rollUp.groupBy, ...rollUp.measures] : [])];
  const missing = [...new Set(named)].filter((column) => typeOf(column) === undefined);
  const ageType = typeOf(ageColumn);
  const unsummable = (rollUp?.measures ?? []).filter((column) => !summable.test(typeOf(column) ?? 'integer'));
  return [
    ...missing.map((column) => ({
      reason: `it has no column ${column}`,
      remedy: `Its columns: ${columns.map(({ name }) => name).join(', ')}.`,
    })),
    ...(ageType === undefined || isAgeType(ageType)
      ? []
      : [
          {
            reason: `the age column ${ageColumn} is of type ${ageType}`,
            remedy: 'Name a timestamp or a date.',
          },
        ]),
    ...unsummable.map((column) => ({
      reason: `the measure ${column} is of type ${typeOf(column)}, which cannot be summed up`,
      remedy: 'Name numbers as measures, and everything else in "groupBy".',
    })),
  ];
}

/** What a hold says is asked once, and the answer kept in a temporary table until the batch is deleted. */
function refuseHolds({ holds }: PolicyFacts, { role, databaseName, temporary }: About): Remark[] {
  if (holds.length === 0 || temporary) return [];
  return [
    {
      reason: `the role ${role} may not make temporary tables in the database ${databaseName}, which the policy's holds, and "onReferenced": "keep", take`,
      remedy: `GRANT TEMPORARY ON DATABASE ${quoteName(databaseName)} TO ${quoteName(role)};`,
    },
  ];
}

/** Of an append-only table nobody is told how to let its rows be deleted. */
function refusePrivileges(policy: ArchivePolicy, table: TableFact, role: string): Remark[] {
  const { privileges, hidesRows } = table;
  const to = quoteName(role);
  const lacking = (['select', 'delete'] as const).filter((privilege) => !privileges[privilege]);
  const words = lacking.map((privilege) => privilege.toUpperCase()).join(', ');
  return [
    ...(privileges.schemaUsage
      ? []
      : [
          {
            reason: `the role ${role} may not use the schema`,
            remedy: `GRANT USAGE ON SCHEMA ${quoteName(table.schema)} TO ${to};`,
          },
        ]),
    ...(lacking.length === 0
      ? []
      : [
          {
            reason: `the role ${role} lacks ${words}`,
            remedy: isAppendOnly(policy, table)
              ? null
              : `GRANT ${words} ON ${quoteName(table.schema, table.name)} TO ${to};`,
          },
        ]),
    ...(hidesRows
      ? [
          {
            reason: `row-level security would hide rows from the role ${role}`,
            remedy: `ALTER ROLE ${to} BYPASSRLS;`,
          },
        ]
      : []),
  ];
}
