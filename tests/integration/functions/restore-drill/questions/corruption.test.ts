import { open, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { amcheck } from '../../../../../functions/restore-drill/questions/amcheck.ts';
import { rowCounts } from '../../../../../functions/restore-drill/questions/row-counts.ts';
import { type DrillCluster, startDrillCluster, told } from './drill-cluster.ts';

const BLOCK = 8_192;

let cluster: DrillCluster;
/** The files, by what was done to them. */
let files: Record<
  | 'overwrittenIndex'
  | 'swappedIndex'
  | 'overwrittenTable'
  | 'brokenTuple'
  | 'emptiedFile'
  | 'goneFile'
  | 'stolenToast',
  string
>;

/** Each kind of damage has a database of its own. */
const databases = [
  'index_bytes',
  'index_order',
  'heap_bytes',
  'heap_tuple',
  'heap_gone',
  'toast_block',
] as const;

beforeAll(async () => {
  cluster = await startDrillCluster();
  for (const database of databases) await cluster.clone(database);
  const toast = await cluster.asOwner('toast_block', (client) =>
    client.query<{ name: string }>(
      `SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE oid = 'oddities.big_values'::regclass`,
    ),
  );
  files = {
    overwrittenIndex: await cluster.fileOf('index_bytes', 'audit_log_pkey'),
    swappedIndex: await cluster.fileOf('index_order', 'audit_log_pkey'),
    overwrittenTable: await cluster.fileOf('heap_bytes', 'measurements'),
    brokenTuple: await cluster.fileOf('heap_tuple', 'measurements'),
    emptiedFile: await cluster.fileOf('heap_gone', 'patients'),
    goneFile: await cluster.fileOf('heap_gone', 'appointments'),
    stolenToast: await cluster.fileOf('toast_block', toast.rows[0]?.name ?? ''),
  };
  await cluster.restart(async () => {
    await overwrite(files.overwrittenIndex, BLOCK + 6_000, Buffer.alloc(200, 0xa5));
    await swapItems(files.swappedIndex, 1);
    await overwrite(files.overwrittenTable, BLOCK + 5_000, Buffer.alloc(300, 0xa5));
    await breakTuple(files.brokenTuple, 1);
    await truncate(files.emptiedFile);
    await rm(files.goneFile);
    await overwrite(files.stolenToast, 2 * BLOCK + 2_000, Buffer.alloc(100, 0x5a));
  });
});
afterAll(() => cluster?.stop());

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

async function readBlock(file: string, block: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  const { buffer } = await handle.read(Buffer.alloc(BLOCK), 0, BLOCK, block * BLOCK);
  await handle.close();
  return buffer;
}

/** Two entries of an index page change places: the page looks whole, and its order is not. */
async function swapItems(file: string, block: number): Promise<void> {
  const page = await readBlock(file, block);
  const [one, other] = [24 + 4 * 10, 24 + 4 * 20];
  const kept = page.readUInt32LE(one);
  page.writeUInt32LE(page.readUInt32LE(other), one);
  page.writeUInt32LE(kept, other);
  await overwrite(file, block * BLOCK, page);
}

/** The first row of a page says that its data begin beyond its end. */
async function breakTuple(file: string, block: number): Promise<void> {
  const page = await readBlock(file, block);
  const offset = page.readUInt32LE(24) & 0x7fff;
  await overwrite(file, block * BLOCK + offset + 22, Buffer.from([0xf8]));
}

async function truncate(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.truncate(0);
  await handle.close();
}

const damage = async (database: string) =>
  (await told(amcheck, cluster.asking(database))).filter((line) => !line.startsWith('pass'));

test('with checksums, overwritten bytes are an error when the block is read: index and block are named', async () => {
  expect(await damage('index_bytes')).toEqual([
    expect.stringMatching(
      /^fail: Damage in the index public\.audit_log_pkey of public\.audit_log, in block 1\. .*XX001: invalid page in block 1 /,
    ),
  ]);
});

test('a damaged block of a table: neither amcheck nor reading to the last row passes over it', async () => {
  // Three indexes of it cannot be checked for that; they are not damaged.
  expect(await damage('heap_bytes')).toEqual([
    expect.stringMatching(/^fail: Damage in the table public\.measurements, in block 1\. .*XX001/),
  ]);
  expect(await told(rowCounts, cluster.asking('heap_bytes'))).toContainEqual(
    expect.stringMatching(
      /^fail: public\.measurements cannot be read to its last row: .*invalid page in block 1 /,
    ),
  );
});

test('a damaged block of what is kept out of line is found by reading rows whole', async () => {
  expect(await told(rowCounts, cluster.asking('toast_block'))).toContainEqual(
    expect.stringMatching(
      /^fail: oddities\.big_values cannot be read to its last row: .*invalid page in block 2 /,
    ),
  );
  expect(await damage('toast_block')).toContainEqual(
    expect.stringMatching(/^fail: Damage in the TOAST of oddities\.big_values, in block 2\./),
  );
});

test('a table that lost all that was in its file', async () => {
  // An empty file is an empty table: only how many rows there must be tells.
  expect(
    await told(
      rowCounts,
      cluster.asking('heap_gone', {
        baseline: { bounds: null, lastDrill: [{ table: 'public.patients', rows: 20 }] },
      }),
    ),
  ).toContainEqual('warn: public.patients has 0 rows; in the last drill it had 20 rows.');
});

test('a table whose file is not there', async () => {
  expect(await told(rowCounts, cluster.asking('heap_gone'))).toContainEqual(
    expect.stringMatching(/^fail: public\.appointments cannot be read .*could not open file "base/),
  );
  expect(await damage('heap_gone')).toContainEqual(
    expect.stringMatching(/^fail: Damage in the table public\.appointments\. .*could not open file/),
  );
});

test('where checksums say nothing, amcheck itself finds the order of an index and the row of a table wrong', async () => {
  await cluster.restart(async () => undefined, { ignore_checksum_failure: 'on' });
  expect(await damage('index_order')).toEqual([
    expect.stringMatching(
      /^fail: Damage in the index public\.audit_log_pkey of public\.audit_log, in block 1\. .*XX002: item order invariant violated for index "audit_log_pkey"/,
    ),
  ]);
  expect(await damage('heap_tuple')).toContainEqual(
    expect.stringMatching(
      /^fail: Damage in the table public\.measurements, in block 1, row 1 of it\. amcheck says: data begins at offset 248 beyond the tuple length/,
    ),
  );
});
