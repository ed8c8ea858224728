import type { Client } from 'pg';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import { formatTableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Relation } from './relations.ts';
import { keyColumns, keyText } from './row-key.ts';

/** A table of chained entries, as SQL names its parts. */
export interface ChainTable {
  readonly title: string;
  /** Without ONLY: the entries of partitions, and of tables that inherit, belong to the same chains. */
  readonly from: string;
  readonly organisation: string;
  /** As text, compared byte by byte: two hashes that a collation holds for equal are two. */
  readonly hash: string;
  readonly previous: string;
  /** The key of an entry, as `id = 7`; its place in the table where it has none. */
  readonly key: string;
  readonly recompute: string | null;
}

export function asText(column: string): string {
  return `${quoteName(column)}::text COLLATE "C"`;
}

export async function readChainTable(
  client: Client,
  relation: Relation,
  asked: DrillQuestions['hashChains'][number],
): Promise<ChainTable> {
  return {
    title: formatTableName(relation),
    from: quoteName(relation.schema, relation.name),
    organisation: asText(asked.organisation),
    hash: asText(asked.hash),
    previous: asText(asked.previous),
    key: keyText(client, await keyColumns(client, relation)),
    recompute: asked.recompute ?? null,
  };
}
