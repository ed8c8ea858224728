import type { Client } from 'pg';
import { PreconditionError } from '../../shared/job/errors.ts';
import { inSnapshot } from '../../shared/postgres/snapshot-transaction.ts';
import { cutoffOf, isAgeType } from './cutoff.ts';
import { readMarked } from './detached-mark.ts';
import type { AuditArchiveRequest } from './event.ts';
import type { AgeFact, DatabaseFacts, PolicyFacts, TableFact } from './facts.ts';
import { holdCondition, holdConditions } from './holds.ts';
import type { ArchivePolicy } from './policy.ts';
import { conditionFault, readAge } from './read-age.ts';
import { type ArchivePlace, readArchiveTables } from './read-archive-tables.ts';
import { readDatabase, readSpeeds } from './read-database.ts';
import { type CatalogFact, readTables } from './read-tables.ts';
import { readDeleteTriggers } from './read-triggers.ts';
import { readViewEdges } from './read-views.ts';
import { shrinkingViews, type ViewEdge } from './shrinking-views.ts';

export interface ReadFactsOptions {
  readonly now: Date;
  /** For all looks into tables together: what is not looked into by then is estimated. */
  readonly lookSeconds?: number;
}

const secondsOfOneLook = 20;

/** All that a plan is made of, as of one moment; nothing can be written meanwhile. Throws what Postgres says. */
export function readFacts(
  client: Client,
  { policies, dryRun }: Pick<AuditArchiveRequest, 'policies' | 'dryRun'>,
  { now, lookSeconds = 240 }: ReadFactsOptions,
): Promise<DatabaseFacts> {
  const until = Date.now() + lookSeconds * 1_000;
  return inSnapshot(client, async () => {
    const database = await readDatabase(client);
    const catalog = await givingBackLocks(client, () => readCatalog(client, policies));
    const { exists, usage, select } = database.ledger;
    const speeds =
      exists && usage && select
        ? await readSpeeds(
            client,
            policies.map(({ name }) => name),
          )
        : new Map();
    const facts: PolicyFacts[] = [];
    for (const [at, policy] of policies.entries()) {
      const cutoff = cutoffOf(policy, now);
      const known = catalog[at] ?? nothing;
      const secondsLeft = Math.floor((until - Date.now()) / 1_000);
      const looking = { count: dryRun, seconds: Math.max(1, Math.min(secondsOfOneLook, secondsLeft)) };
      const looked = await lookInto(client, policy, known.table, cutoff, looking);
      const begun = await readBegun(client, policy);
      const speed = speeds.get(policy.name) ?? null;
      facts.push({ policy: policy.name, cutoff, ...known, ...looked, ...begun, speed });
    }
    return { ...database, policies: facts };
  });
}

/** So that nobody who changes a table waits until the last of them has been looked into. */
async function givingBackLocks<T>(client: Client, read: () => Promise<T>): Promise<T> {
  await client.query('SAVEPOINT catalog');
  const result = await read();
  await client.query('ROLLBACK TO SAVEPOINT catalog');
  return result;
}

type Known = Pick<PolicyFacts, 'table' | 'archiveTable' | 'archiveSchemaCreate'>;
const nothing: Known = { table: null, archiveTable: null, archiveSchemaCreate: null };

async function readCatalog(client: Client, policies: readonly ArchivePolicy[]): Promise<Known[]> {
  const tables = await readTables(
    client,
    policies.map(({ source, ageColumn }) => ({ ...source, ageColumn })),
  );
  const found = tables.filter((table) => table !== undefined);
  const triggers = await readDeleteTriggers(
    client,
    found.flatMap(({ ownIds }) => ownIds),
  );
  const edges = await readViewEdges(
    client,
    found.flatMap(({ ownIds, ancestorIds }) => [...ownIds, ...ancestorIds]),
  );
  const named = policies.flatMap(({ archiveTable }) => archiveTable ?? []);
  const places = await readArchiveTables(client, named);
  return policies.map((policy, at) => {
    const table = tables[at];
    const place = policy.archiveTable ? places[named.indexOf(policy.archiveTable)] : undefined;
    return {
      table: table ? withDependents(table, policy, triggers, edges, place) : null,
      archiveTable: place?.table ?? null,
      archiveSchemaCreate: place?.schemaCreate ?? null,
    };
  });
}

function withDependents(
  table: CatalogFact,
  policy: ArchivePolicy,
  triggers: ReadonlyMap<string, TableFact['deleteTriggers']>,
  edges: readonly ViewEdge[],
  place: ArchivePlace | undefined,
): TableFact {
  const { id: _, ownIds, ancestorIds, ...fact } = table;
  const viewed = { ids: [...ownIds, ...ancestorIds], archiveId: place?.table?.id ?? null };
  return {
    ...fact,
    deleteTriggers: ownIds.flatMap((id) => triggers.get(id) ?? []),
    shrinkingViews: shrinkingViews(edges, viewed, policy),
  };
}

async function readBegun(
  client: Client,
  policy: ArchivePolicy,
): Promise<Pick<PolicyFacts, 'begun' | 'begunFault'>> {
  try {
    const marked = await readMarked(client, policy);
    const begun = marked.filter(({ state }) => state !== 'attached');
    return { begun: begun.map(({ schema, name }) => ({ schema, name })), begunFault: null };
  } catch (error) {
    if (!(error instanceof PreconditionError)) throw error;
    return { begun: [], begunFault: error.message };
  }
}

type Looked = Pick<PolicyFacts, 'age' | 'holds' | 'holdFaults'>;

/** Nothing is looked into that could not be archived anyway: a query would only fail. */
async function lookInto(
  client: Client,
  policy: ArchivePolicy,
  table: TableFact | null,
  cutoff: string,
  looking: { readonly count: boolean; readonly seconds: number },
): Promise<Looked> {
  const column = table?.columns.find(({ name }) => name === policy.ageColumn);
  if (!table || !column || !isAgeType(column.type) || !isReadable(table)) {
    return { age: null, holds: [], holdFaults: {} };
  }
  const holds = holdConditions(policy, column.type, table.referencedBy);
  const holdFaults = await findHoldFaults(client, policy, column.type);
  if (Object.keys(holdFaults).length > 0) return { age: null, holds, holdFaults };
  const age: AgeFact = await readAge(
    client,
    {
      table: policy.source,
      ageColumn: policy.ageColumn,
      ageType: column.type,
      hasIndex: table.ageIndex !== null,
      nullable: !column.notNull,
      cutoff,
      holds,
      estimatedRows: table.estimatedRows,
    },
    looking,
  );
  return { age, holds, holdFaults };
}

function isReadable({ kind, unfitPartitions, hidesRows, privileges }: TableFact): boolean {
  const hasRows = ['table', 'partition', 'partitioned table'].includes(kind) && unfitPartitions.length === 0;
  return hasRows && !hidesRows && privileges.schemaUsage && privileges.select;
}

async function findHoldFaults(client: Client, policy: ArchivePolicy, ageType: string) {
  const faults: Record<string, string> = {};
  for (const hold of policy.holds) {
    const fault = await conditionFault(client, policy.source, holdCondition(hold, policy.ageColumn, ageType));
    if (fault !== undefined) faults[hold.name] = fault;
  }
  return faults;
}
