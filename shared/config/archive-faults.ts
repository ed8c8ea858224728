import type { ArchiveHold, ArchivePolicyConfig } from './archive.ts';
import { formatTableName, parseTableName, type TableName } from './table-name.ts';

export interface PolicyFault {
  /** Where it is, below the policy, or below `policies`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with a policy that is well formed: parts of it that contradict each other. */
export function policyFaults(policy: ArchivePolicyConfig): PolicyFault[] {
  return [
    ...systemTables(policy),
    ...columnFaults(policy),
    ...rollUpFaults(policy),
    ...partitionFaults(policy),
    ...policy.holds.flatMap((hold, at) =>
      holdFaults(hold).map((message) => ({ path: ['holds', at], message })),
    ),
  ];
}

function systemTables({ table }: ArchivePolicyConfig): PolicyFault[] {
  const { schema = '' } = parseTableName(table) ?? {};
  if (!/^pg_|^information_schema$|^nightshift$/.test(schema)) return [];
  return [{ path: ['table'], message: `tables of the schema ${schema} are not to be archived` }];
}

function columnFaults({ ageColumn, omit, hash, to }: ArchivePolicyConfig): PolicyFault[] {
  const faults: PolicyFault[] = [];
  for (const [key, columns] of Object.entries({ omit, hash })) {
    if (columns.includes(ageColumn)) {
      faults.push({ path: [key], message: `the age column ${ageColumn} must stay as it is` });
    }
    if (columns.length > 0 && to.kind === 'table') {
      faults.push({ path: [key], message: 'goes with "to" of the kind "s3" alone' });
    }
  }
  const both = omit.filter((column) => hash.includes(column));
  if (both.length > 0)
    faults.push({ path: ['hash'], message: `${both.join(', ')} cannot be left out as well` });
  return faults;
}

function rollUpFaults({ rollUp, to, ageColumn }: ArchivePolicyConfig): PolicyFault[] {
  if (rollUp === undefined) return [];
  const faults: PolicyFault[] = [];
  const at = (key: string, message: string) => faults.push({ path: ['rollUp', key], message });
  if (to.kind === 's3' && rollUp.into === undefined) at('into', 'names the table that the days go into');
  if (to.kind === 'table' && rollUp.into !== undefined) {
    at('into', 'the days go into the archive table: name it in "to", or let "to" be of the kind "s3"');
  }
  if (rollUp.groupBy.includes(ageColumn)) at('groupBy', `the day of ${ageColumn} is a group already`);
  const repeated = [...rollUp.groupBy, ...rollUp.measures].filter(
    (name, index, all) => all.indexOf(name) < index,
  );
  if (repeated.length > 0) at('measures', `${repeated.join(', ')} is named more than once`);
  return faults;
}

/** A whole partition moves as it is: nothing can be picked out of it. */
function partitionFaults({
  partitions,
  holds,
  rollUp,
  onReferenced,
  to,
}: ArchivePolicyConfig): PolicyFault[] {
  if (partitions === 'rows') return [];
  const fault = (message: string) => [{ path: ['partitions'], message }];
  if (to.kind !== 's3') return fault('"whole" goes with "to" of the kind "s3" alone');
  if (rollUp !== undefined) return fault('"whole" does not go with "rollUp"');
  if (onReferenced !== undefined) return fault('"whole" does not go with "onReferenced"');
  if (holds.some(({ where }) => where !== undefined)) {
    return fault('"whole" goes with holds by period alone: a predicate would have to look at each row');
  }
  return [];
}

function holdFaults({ where, from, to }: ArchiveHold): string[] {
  if (where === undefined && from === undefined && to === undefined)
    return ['holds nothing: say "where", "from" or "to"'];
  const faults: string[] = [];
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
    faults.push('"to" must be after "from"');
  if (where !== undefined && !isOneExpression(where)) {
    faults.push('"where" must be one SQL expression: balanced parentheses and quotes, no ";" and no comment');
  }
  return faults;
}

/** So that a predicate put into parentheses stays inside of them. What it means, Postgres tells. */
function isOneExpression(sql: string): boolean {
  const bare = sql.replace(/'(?:[^'\\]|'')*'|"(?:[^"]|"")+"/g, ' ');
  if (/['"\\;$]|--|\/\*/.test(bare)) return false;
  let depth = 0;
  for (const character of bare) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** The table that a policy's rows, or the days that they are rolled up to, go into; undefined where S3 alone takes them. */
export function archiveTable({
  table,
  to,
  rollUp,
}: Pick<ArchivePolicyConfig, 'table' | 'to' | 'rollUp'>): TableName | undefined {
  if (to.kind === 's3') return rollUp?.into === undefined ? undefined : parseTableName(rollUp.into);
  if (to.table !== undefined) return parseTableName(to.table);
  const source = parseTableName(table);
  return source && { schema: source.schema, name: `${source.name}_archive` };
}

/** A table has one policy, and an archive table takes the rows of one table, which is not itself archived. */
export function sharedTableFaults(policies: readonly ArchivePolicyConfig[]): PolicyFault[] {
  const spelling = (table: TableName | undefined) => (table ? formatTableName(table) : undefined);
  const sources = policies.map(({ table }) => spelling(parseTableName(table)));
  const targets = policies.map((policy) => spelling(archiveTable(policy)));
  return policies.flatMap((_policy, at) => {
    const faults: PolicyFault[] = [];
    const [source, target] = [sources[at], targets[at]];
    if (sources.indexOf(source) < at)
      faults.push({ path: [at, 'table'], message: `${source} has a policy already` });
    if (target === undefined) return faults;
    if (Buffer.byteLength(parseTableName(target)?.name ?? 'x'.repeat(64)) > 63) {
      faults.push({
        path: [at, 'to'],
        message: `${target} is longer than a name may be: give another in "to.table"`,
      });
    }
    if (targets.indexOf(target) < at)
      faults.push({ path: [at, 'to'], message: `${target} is another policy’s archive table` });
    if (sources.includes(target)) faults.push({ path: [at, 'to'], message: `${target} is archived itself` });
    return faults;
  });
}
