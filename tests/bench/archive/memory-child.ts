import { Client, type ClientConfig } from 'pg';
import { encodeCopy } from '../../../shared/parquet/encode-copy.ts';
import { copyOut } from '../../../shared/postgres/copy-out.ts';
import { copyBinary } from './ways.ts';

/** Exports a table, so many times over into one file, and prints the most megabytes that this process had. */
const { connection, table, times } = JSON.parse(process.argv[2] ?? '') as {
  connection: ClientConfig;
  table: string;
  times: number;
};
const client = new Client(connection);
await client.connect();
const { columns, statement } = await copyBinary(client, table);
const source = copyOut(
  client,
  statement.replace(`public.${table}`, `public.${table}, generate_series(1, ${times})`),
);
const { file, summary } = encodeCopy({ source, columns, bounded: ['timestamp', 'id'] });
for await (const _bytes of file);
await summary;
await client.end();
console.log((process.resourceUsage().maxRSS / 1_024).toFixed(0));
