import type { Client } from 'pg';

/** Of the storage so much is kept for logs, temporary files and everybody else. */
const reserve = 0.1;

/**
 * What is left on the instance's disk, in bytes: its storage less all databases, less what is written ahead, less a
 * tenth. CloudWatch knows it exactly, but not at this moment, and a function in a VPC may have no way to it.
 */
export async function readRoom(client: Client, allocatedGiB: number): Promise<number> {
  const { rows } = await client.query<{ used: number }>(/* sql */ `
    SELECT ((SELECT sum(pg_database_size(oid)) FROM pg_database
              WHERE has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE'))
          + CASE WHEN has_function_privilege('pg_ls_waldir()', 'EXECUTE') THEN (SELECT sum(size) FROM pg_ls_waldir()) ELSE 0 END)::float8 AS used`);
  return allocatedGiB * 1_073_741_824 * (1 - reserve) - (rows[0]?.used ?? 0);
}
