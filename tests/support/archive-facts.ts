import type { AgeFact, DatabaseFacts, PolicyFacts, TableFact } from '../../functions/audit-archive/facts.ts';

/** A table that nothing stands against, with rows of a year and a quarter; tests vary it by spread. */
export const tableFact: TableFact = {
  schema: 'public',
  name: 'audit_log',
  kind: 'table',
  persistence: 'permanent',
  columns: [
    { name: 'id', type: 'integer', notNull: true, generated: false },
    { name: 'timestamp', type: 'timestamp without time zone', notNull: true, generated: false },
    { name: 'action', type: 'character varying(10)', notNull: true, generated: false },
    { name: 'amount', type: 'numeric(12,2)', notNull: false, generated: false },
  ],
  key: ['id'],
  ageIndex: 'ix_audit_log_timestamp',
  deleteTriggers: [],
  deleteRules: [],
  referencedBy: [],
  shrinkingViews: [],
  children: [],
  ancestors: [],
  partitionKey: null,
  partitions: [],
  unfitPartitions: [],
  privileges: { schemaUsage: true, schemaCreate: true, select: true, delete: true, owner: false },
  hidesRows: false,
  estimatedRows: 10_000,
  sizeBytes: 4_000_000,
  heapBytes: 2_000_000,
  deadRows: 0,
};

export const ageFact: AgeFact = {
  looked: true,
  oldest: '2024-10-15 12:00:00',
  newest: '2024-12-31 23:59:59.999999',
  months: ['2024-10', '2024-11', '2024-12'],
  rows: 2_500,
  counted: true,
  withoutAge: null,
};

export const policyFacts: PolicyFacts = {
  policy: 'public.audit_log',
  cutoff: '2025-01-01T00:00:00.000Z',
  table: tableFact,
  archiveTable: null,
  archiveSchemaCreate: null,
  age: ageFact,
  holds: [],
  holdFaults: {},
  begun: [],
  begunFault: null,
  speed: null,
};

export const databaseFacts: DatabaseFacts = {
  role: 'nightshift',
  databaseName: 'menotime',
  temporary: true,
  serverVersion: 15,
  readOnly: false,
  ledger: { exists: true, usage: true, select: true, insert: true },
  policies: [policyFacts],
};

/** What is known of one policy, with changes to its table. */
export function factsOf(table: Partial<TableFact> = {}, more: Partial<PolicyFacts> = {}): PolicyFacts {
  return { ...policyFacts, table: { ...tableFact, ...table }, ...more };
}
