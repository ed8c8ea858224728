import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startViewStage, type ViewStage } from '../../../support/view-shifts.ts';

const execute = promisify(execFile);

describe.each([15, 18] as const)('a full disk, on Postgres %i', (major) => {
  let stage: ViewStage;
  let folder: string;
  let isMounted = false;

  beforeAll(async () => {
    stage = await startViewStage(major);
    folder = await mkdtemp(join(tmpdir(), 'nightshift-full-'));
    isMounted = await mountSmall();
    if (!isMounted) return;
    await stage.sql(`CREATE TABLESPACE small LOCATION '${folder}'`);
    await stage.sql(`
      GRANT CREATE ON TABLESPACE small TO nightshift;
      CREATE TABLE grows AS SELECT n AS id, repeat('x', 1000) AS note FROM generate_series(1, 300) AS n;
      CREATE TABLE sound AS SELECT 1 AS id;
      CREATE MATERIALIZED VIEW mv_grows TABLESPACE small AS SELECT id, note FROM grows WITH NO DATA;
      CREATE MATERIALIZED VIEW mv_on_grows AS SELECT count(*) AS rows FROM mv_grows WITH NO DATA;
      CREATE MATERIALIZED VIEW mv_sound AS SELECT id FROM sound WITH NO DATA;
      CREATE UNIQUE INDEX ON mv_grows (id); CREATE UNIQUE INDEX ON mv_on_grows (rows); CREATE UNIQUE INDEX ON mv_sound (id);
      ALTER MATERIALIZED VIEW mv_grows OWNER TO nightshift; ALTER MATERIALIZED VIEW mv_on_grows OWNER TO nightshift;
      ALTER MATERIALIZED VIEW mv_sound OWNER TO nightshift; GRANT SELECT ON grows, sound TO nightshift`);
    expect((await stage.shift('filled')).names.refreshed).toHaveLength(3);
  });
  afterAll(async () => {
    await stage?.stop();
    if (isMounted) await execute('umount', [folder]);
    await rm(folder, { recursive: true, force: true });
  });

  /** A disk of 2 MB that belongs to whom the server's files belong to; false where none can be mounted. */
  async function mountSmall(): Promise<boolean> {
    const [row] = await stage.sql<{ data_directory: string }>('SHOW data_directory');
    const { uid, gid } = await stat(row?.data_directory ?? '');
    const small = `size=2m,mode=0700,uid=${uid},gid=${gid}`;
    return execute('mount', ['-t', 'tmpfs', '-o', small, 'tmpfs', folder]).then(
      () => true,
      (error: Error) => {
        process.stderr.write(`not shown here, as no small disk can be mounted: ${error.message}\n`);
        return false;
      },
    );
  }

  const kept = () =>
    stage.sql(`SELECT (SELECT count(*)::int FROM mv_grows) AS view, (SELECT rows::int FROM mv_on_grows) AS above,
      (SELECT array_agg(slot ORDER BY slot) FROM nightshift.view_refreshes WHERE view = 'public.mv_grows') AS slots`);

  test.each(['concurrently', 'plain'] as const)(
    'met %s is told, leaves all as it was, and stops nobody but what reads that view',
    async (method) => {
      if (!isMounted) return;
      const settings = { perView: { 'public.mv_grows': { method } } };
      const before = await kept();
      const files = await occupied();
      await stage.sql(
        `INSERT INTO grows SELECT max(id) + n, repeat('y', 1000) FROM grows, generate_series(1, 3000) AS n GROUP BY n;
         INSERT INTO sound SELECT max(id) + 1 FROM sound`,
      );
      const { names, heldUp } = await stage.shift(`full ${method}`, { settings });
      expect(names).toMatchObject({
        refreshed: ['mv_sound'],
        failed: { mv_grows: expect.stringMatching(/53100 disk_full: could not extend file.*room/) },
        left: [],
      });
      expect(Object.values(heldUp)).toEqual([expect.stringContaining('public.mv_grows')]);
      expect(await kept()).toEqual(before);
      await stage.sql('VACUUM mv_grows');
      expect(await occupied()).toBeLessThan(files + 200_000);
      await stage.sql('DELETE FROM grows WHERE id > 301');
      const after = await stage.shift(`room ${method}`, { settings });
      expect(after.names).toMatchObject({ failed: {}, left: [] });
      expect(after.names.refreshed).toContain('mv_grows');
    },
  );

  /** Bytes on the small disk. */
  async function occupied(): Promise<number> {
    await stage.sql('CHECKPOINT');
    const { stdout } = await execute('du', ['-sb', folder]);
    return Number.parseInt(stdout, 10);
  }
});
