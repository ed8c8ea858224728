import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { largestCondition, largestRow } from './largest-rows.ts';
import type { ArchiveAction } from './plan.ts';
import { asValue } from './slices.ts';

/** Why a partition must not be taken whole. */
export interface Unfit {
  readonly reason: string;
  /** How many rows it holds that are too large to be archived. */
  readonly tooLarge?: number;
}

/** Undefined where nothing stands against it: it holds rows that stay, or something else needs it. */
export async function whyUnfit(
  client: Client,
  action: Pick<ArchiveAction, 'policy' | 'cutoff' | 'ageType' | 'holds'>,
  partition: TableName,
): Promise<Unfit | undefined> {
  const { policy, cutoff, ageType, holds } = action;
  const table = quoteName(partition.schema, partition.name);
  const age = quoteName(policy.ageColumn);
  const conditions: readonly (readonly [string, string])[] = [
    [`${age} >= '${asValue(cutoff, ageType)}'`, 'it holds rows that are not old enough'],
    [`${age} IS NULL`, `it holds rows without a ${policy.ageColumn}`],
    ...holds.map((hold) => [hold, 'it holds rows that are on hold'] as const),
  ];
  for (const [condition, reason] of conditions) {
    const { rows } = await client.query(`SELECT FROM ${table} WHERE ${condition} LIMIT 1`);
    if (rows.length > 0) return { reason };
  }
  const dependents = await readDependents(client, table);
  if (dependents.length > 0) return { reason: `other objects depend on it: ${dependents.join(', ')}` };
  return holdsLargest(client, policy, partition);
}

async function holdsLargest(
  client: Client,
  policy: ArchiveAction['policy'],
  partition: TableName,
): Promise<Unfit | undefined> {
  const condition = await largestCondition(client, { ...policy, source: partition });
  const { rows } = await client.query<{ largest: number }>(
    `SELECT count(*)::float8 AS largest FROM ${quoteName(partition.schema, partition.name)} WHERE ${condition}`,
  );
  const tooLarge = rows[0]?.largest ?? 0;
  return tooLarge > 0 ? { reason: `it holds rows larger than ${largestRow}`, tooLarge } : undefined;
}

/** Views, functions and foreign keys of others would keep it from being dropped; its own go along with it. */
async function readDependents(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(
    /* sql */ `SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) AS what FROM pg_depend d
                 LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
                 LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
                WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::regclass AND d.deptype = 'n'
                  AND (r.ev_class <> d.refobjid OR k.conrelid <> d.refobjid OR d.classid = 'pg_proc'::regclass)
                ORDER BY 1`,
    [table],
  );
  return rows.map(({ what }) => what);
}
