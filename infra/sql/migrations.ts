import { readdir, readFile } from 'node:fs/promises';

export type Direction = 'up' | 'down';

export interface Migration {
  /** `020_archive_ledger.up.sql` */
  readonly file: string;
  readonly sql: string;
}

/** The numbered files of this folder in the order in which they are applied: `down` is from the last to the first. */
export async function readMigrations(direction: Direction): Promise<Migration[]> {
  const files = (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith(`.${direction}.sql`))
    .sort();
  if (direction === 'down') files.reverse();
  return Promise.all(
    files.map(async (file) => ({ file, sql: await readFile(new URL(file, import.meta.url), 'utf8') })),
  );
}
