import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { PolicyFacts, TableFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import { isAppendOnly } from './refuse-dependents.ts';
import type { Remark } from './remark.ts';

/** What stands against detaching and dropping whole partitions, or was left by it. */
export function refusePartitions(
  policy: ArchivePolicy,
  { begun, begunFault }: Pick<PolicyFacts, 'begun' | 'begunFault'>,
  table: TableFact,
  role: string,
): Remark[] {
  if (policy.partitions === 'rows') return begun.map((partition) => leftBehind(policy, partition));
  if (begunFault !== null) return [{ reason: begunFault, remedy: null }];
  const wanted = `RANGE (${policy.ageColumn})`;
  if (table.kind !== 'partitioned table') {
    return [
      {
        reason: `"partitions": "whole" is for partitioned tables, and this is a ${table.kind}`,
        remedy: 'Say "rows", or leave it out.',
      },
    ];
  }
  const remarks: Remark[] = [];
  if (!isByRange(table, policy.ageColumn)) {
    remarks.push({
      reason: `it is partitioned by ${table.partitionKey}, so that its partitions have no age: that takes ${wanted}`,
      remedy: 'Say "rows", or leave "partitions" out.',
    });
  }
  if (table.referencedBy.length > 0) {
    remarks.push({
      reason: `the foreign key ${table.referencedBy.map(({ name }) => name).join(', ')} points here, and does not let a partition go`,
      remedy: 'Say "rows", or drop the foreign key.',
    });
  }
  if (!table.privileges.owner) {
    remarks.push({
      reason: `the role ${role} does not own it, and only owners detach and drop partitions`,
      remedy: isAppendOnly(policy, table)
        ? null
        : `ALTER TABLE ${quoteName(table.schema, table.name)} OWNER TO ${quoteName(role)}; and the same for each of its partitions.`,
    });
  }
  return remarks;
}

/** Rows that no query of the table sees are worse than rows that are archived late. */
function leftBehind({ name }: ArchivePolicy, partition: TableName): Remark {
  return {
    reason: `${formatTableName(partition)} was taken out of it by a run that took whole partitions, and was never archived`,
    remedy: `Say "partitions": "whole" until it is gone, or give it back: ALTER TABLE ${name} ATTACH PARTITION …, by the bound that its comment holds, and remove the comment.`,
  };
}

function isByRange({ partitionKey }: TableFact, ageColumn: string): boolean {
  const [, column] = /^RANGE \(([^,()]+|"(?:[^"]|"")+")\)$/.exec(partitionKey ?? '') ?? [];
  return column === ageColumn || column === quoteName(ageColumn);
}
