import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSnapshotExporter } from '../../../../infra/local/export/snapshot-exporter.ts';
import { BUCKET, type ExportBench, openExportBench, SMALL_PIECES } from './export-bench.ts';
import { listKeys } from './exported-files.ts';

let bench: ExportBench;

beforeAll(async () => {
  bench = await openExportBench();
});

afterAll(() => bench?.close());

describe('an export of a part', () => {
  test.each([
    ['a table', ['menotime_demo.public.patients'], ['menotime_demo/public.patients']],
    [
      'a table with a dot in its name',
      ['menotime_demo.oddities.dotted.name'],
      ['menotime_demo/oddities.dotted.name'],
    ],
    ['a schema', ['menotime_demo.MixedCase'], ['menotime_demo/MixedCase.CamelTable']],
    ['a database', ['second'], ['second/public.things']],
    [
      'several',
      ['second.public', 'menotime_demo.public.users', 'menotime_demo.public.users'],
      ['menotime_demo/public.users', 'second/public.things'],
    ],
  ])('takes %s', async (_what, exportOnly, folders) => {
    const exportTaskIdentifier = `part-${_what.replaceAll(' ', '-')}`;
    const done = await createSnapshotExporter()(
      bench.request({ exportTaskIdentifier, exportOnly, prefix: '' }),
    );
    const written = await listKeys(bench.s3, BUCKET, `${exportTaskIdentifier}/`);
    const tables = written
      .filter((key) => key.endsWith('_SUCCESS'))
      .map((key) => key.split('/').slice(1, 3).join('/'));
    expect(tables).toEqual(folders);
    expect(done.warningMessage).toBeUndefined();
    expect(written).toContain(`${exportTaskIdentifier}/export_info_${exportTaskIdentifier}.json`);
  });
});

function sessions(condition = 'true'): Promise<number | null> {
  return bench.onDatabase('postgres', async (client) => {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname IN ('menotime_demo', 'second') AND ${condition}`,
    );
    return rowCount;
  });
}

async function untilNoSessions(): Promise<void> {
  while ((await sessions()) !== 0) await sleep(20);
}

describe('an export that does not finish', () => {
  test('stops when aborted, and leaves what it has written', async () => {
    const abort = new AbortController();
    const running = createSnapshotExporter(SMALL_PIECES)(
      bench.request({
        exportTaskIdentifier: 'aborted',
        exportOnly: ['menotime_demo.public.audit_log'],
        signal: abort.signal,
        onProgress: () => abort.abort(),
      }),
    );
    await expect(running).rejects.toThrow('aborted');
    const written = await listKeys(bench.s3, BUCKET, 'exports/aborted/');
    expect(written.filter((key) => key.endsWith('.parquet'))).toHaveLength(1);
    expect(written.filter((key) => key.endsWith('.json') || key.endsWith('_SUCCESS'))).toEqual([]);
    await untilNoSessions();
  });

  test('stops at once while the server is silent', async () => {
    const reason = new Error('cancelled by hand');
    await bench.onDatabase('second', async (blocker) => {
      await blocker.query('BEGIN; LOCK TABLE things');
      const abort = new AbortController();
      const running = createSnapshotExporter()(
        bench.request({ exportTaskIdentifier: 'silent', exportOnly: ['second'], signal: abort.signal }),
      );
      const stopped = expect(running).rejects.toBe(reason);
      while ((await sessions(`wait_event_type = 'Lock'`)) !== 1) await sleep(20);
      abort.abort(reason);
      await stopped;
    });
    await untilNoSessions();
  });

  test('does not start when aborted before', async () => {
    const running = createSnapshotExporter()(
      bench.request({ signal: AbortSignal.abort(new Error('too late')) }),
    );
    await expect(running).rejects.toThrow('too late');
  });

  test('says what S3 said, and leaves no connection behind, though most rows are still to come', async () => {
    const exportOnly = ['menotime_demo.oddities.big_values'];
    await expect(
      createSnapshotExporter(SMALL_PIECES)(bench.request({ bucket: 'no-such-bucket', exportOnly })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await untilNoSessions();
  });
});
