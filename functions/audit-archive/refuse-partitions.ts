import { quoteName } from '../../shared/postgres/quote.ts';
import type { TableFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import type { Remark } from './remark.ts';

/** What stands against detaching and dropping whole partitions. */
export function refusePartitions(policy: ArchivePolicy, table: TableFact, role: string): Remark[] {
  if (policy.partitions === 'rows') return [];
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
      remedy: `ALTER TABLE ${quoteName(table.schema, table.name)} OWNER TO ${quoteName(role)}; and the same for each of its partitions.`,
    });
  }
  return remarks;
}

function isByRange({ partitionKey }: TableFact, ageColumn: string): boolean {
  const [, column] = /^RANGE \(([^,()]+|"(?:[^"]|"")+")\)$/.exec(partitionKey ?? '') ?? [];
  return column === ageColumn || column === quoteName(ageColumn);
}
