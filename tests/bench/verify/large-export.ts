import { createReadStream } from 'node:fs';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Crc64Nvme } from '@aws-sdk/checksums/crc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { putOnce, sha256 } from '../../../shared/aws/objects.ts';
import { databaseFolder, exportFolder, tableFolder } from '../../../shared/export/export-layout.ts';
import { type ExportManifest, exportJob, type ManifestFile } from '../../../shared/export/export-manifest.ts';
import { schemaKey } from '../../../shared/export/saved-schema.ts';
import { appendManifest } from '../../../shared/job/manifest-chain.ts';
import { resourceIdentifier } from '../../../shared/job/slot.ts';
import { schemaOf, tableOf } from '../../support/export-evidence.ts';
import { manifestOf } from '../../support/export-manifest.ts';
import type { FileServer } from './file-server.ts';

export const bucket = 'shop-backups';
export const place = { bucket, stage: 'prod', database: 'shop' };

export interface LargeExport {
  readonly manifest: ExportManifest;
  readonly paths: readonly string[];
  readonly bytes: number;
}

const slot = '2026-01-02';
const exportId = resourceIdentifier({ stage: place.stage, database: place.database, slot, attempt: 1 });

/** An audit log as RDS writes one: GZIP, times and JSON as text; the text is of words, and hashes that hardly shrink. */
const rowsOf = (from: number, count: number) => /* sql */ `
  SELECT i AS id, (i % 5000)::INTEGER AS user_id, 'table_' || i % 7 AS table_name,
         CASE i % 3 WHEN 0 THEN 'INSERT' WHEN 1 THEN 'UPDATE' ELSE 'DELETE' END AS action,
         '{"name": "patient ' || hash(i) || '", "note": "' || md5(i::VARCHAR) || md5((i + 1)::VARCHAR) || '"}' AS old_values,
         '{"name": "patient ' || hash(i) || '", "state": ' || i % 11 || '}' AS new_values,
         (TIMESTAMP '2026-01-01' + i * INTERVAL 1 SECOND)::VARCHAR AS timestamp
    FROM range(${from}, ${from + count}) rows (i)`;

/** Compressing takes long, and the others may as well be copies of these. */
const distinctFiles = 2;

async function writeRows(connection: DuckDBConnection, path: string, from: number, count: number) {
  await connection.run(`COPY (${rowsOf(from, count)}) TO '${path}' (FORMAT parquet, COMPRESSION gzip)`);
}

/** Writes an export of one table to the server's folder, with its schema and the first manifest of a chain. */
export async function makeExport(
  connection: DuckDBConnection,
  folder: string,
  server: FileServer,
  size: { readonly files: number; readonly rowsPerFile: number },
): Promise<LargeExport> {
  const base = `${databaseFolder(exportId, 'shop')}${tableFolder('public', 'audit_log')}/1/`;
  const files: ManifestFile[] = [];
  await mkdir(dirname(join(folder, `${base}x`)), { recursive: true });
  for (let index = 0; index < size.files; index += 1) {
    const key = `${base}part-${String(index).padStart(5, '0')}.gz.parquet`;
    const path = join(folder, key);
    const same = files[index % distinctFiles];
    if (same) await copyFile(join(folder, same.key), path);
    else await writeRows(connection, path, index * size.rowsPerFile, size.rowsPerFile);
    const about = same ?? { rows: size.rowsPerFile, ...(await describe(path)) };
    files.push({ ...about, key });
  }
  server.setChecksums(Object.fromEntries(files.map(({ key, checksum }) => [key, checksum ?? ''])));
  const schema = JSON.stringify(schemaOf([tableOf('audit_log')]));
  await putOnce(server.s3, { bucket, key: schemaKey(exportId) }, schema);
  const made = manifestOf(files);
  const [table] = made.tables;
  const manifest: ExportManifest = {
    ...made,
    export: { ...made.export, id: exportId, bucket, prefix: exportFolder(exportId) },
    schema: { key: schemaKey(exportId), sha256: sha256(schema) },
    tables: table ? [{ ...table, folder: 'public.audit_log', tables: ['public.audit_log'] }] : [],
  };
  await appendManifest(server.s3, {
    ...place,
    job: exportJob,
    slot,
    notBefore: new Date(),
    body: manifest,
  });
  const paths = files.map(({ key }) => join(folder, key));
  return { manifest, paths, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** With the checksum that S3 keeps of what is written without any. */
async function describe(path: string): Promise<Pick<ManifestFile, 'bytes' | 'checksum'>> {
  const { size } = await stat(path);
  const crc = new Crc64Nvme();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) crc.update(chunk as Buffer);
  return { bytes: size, checksum: `crc64nvme:${Buffer.from(await crc.digest()).toString('base64')}` };
}
