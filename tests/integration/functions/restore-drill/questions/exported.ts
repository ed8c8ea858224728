import { to as copyTo } from 'pg-copy-streams';
import type { ExportedTables } from '../../../../../functions/restore-drill/questions/asking.ts';
import { quoteName } from '../../../../../shared/postgres/quote.ts';
import type { DrillCluster } from './drill-cluster.ts';

/** Stands for the export of a database: what its tables hold now, as COPY writes it. */
export function exportOf(cluster: DrillCluster, database: string): ExportedTables {
  return {
    open: ({ schema, table }) =>
      cluster.asOwner(database, async (client) => {
        const columns = await client.query<{ name: string }>(
          /* sql */ `SELECT attname AS name FROM pg_attribute
                      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
          [quoteName(schema, table)],
        );
        if (columns.rows.length === 0) return null;
        const names = columns.rows.map(({ name }) => name);
        const list = names.map((name) => quoteName(name)).join(', ');
        const chunks: Buffer[] = [];
        const copied = client.query(
          copyTo(`COPY (SELECT ${list} FROM ${quoteName(schema, table)}) TO STDOUT`),
        );
        for await (const chunk of copied) chunks.push(chunk as Buffer);
        return {
          columns: names,
          copyText: (async function* () {
            yield* chunks;
          })(),
        };
      }),
  };
}
