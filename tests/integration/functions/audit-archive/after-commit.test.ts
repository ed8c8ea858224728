import { PutObjectCommand, type PutObjectRetentionCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chainBatches } from '../../../../functions/audit-archive/chain-batches.ts';
import { lockFiles } from '../../../../functions/audit-archive/lock-files.ts';
import { sweepTable } from '../../../../functions/audit-archive/sweep.ts';
import { archiveKey } from '../../../../shared/archive/archive-key.ts';
import { enterBatch } from '../../../../shared/archive/archive-ledger.ts';
import { type ArchiveBench, BUCKET, openArchiveBench, RESOURCE } from '../../../support/archive-bench.ts';
import { policyOf } from '../../../support/archive-policies.ts';
import { storedObjects } from '../../../support/stored-objects.ts';

describe('what is done once a batch is committed, or was not', () => {
  let bench: ArchiveBench;
  beforeAll(async () => {
    bench = await openArchiveBench();
  });
  afterAll(() => bench?.stop());
  beforeEach(async () => {
    await bench.emptyBucket();
    await bench.client.query('TRUNCATE nightshift.archive_batches, nightshift.archive_runs');
  });

  const policy = policyOf({
    table: 'public.log',
    ageColumn: 'at',
    to: { kind: 's3', objectLock: { mode: 'GOVERNANCE', days: 10 } },
  });
  const keyOf = (transactionId: string, resourceId = RESOURCE) =>
    archiveKey({
      prefix: 'archive/',
      database: 'bench',
      schema: 'public',
      table: 'log',
      month: '2024-01',
      resourceId,
      transactionId,
      attempt: 'a1',
    });

  async function upload(key: string): Promise<string> {
    await bench.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'file' }));
    return key;
  }

  const enter = (key: string, slot = '2026-01-02') =>
    enterBatch(bench.client, {
      policy: policy.name,
      slot,
      destination: 's3',
      rows: 1,
      rawBytes: 1,
      seconds: 1,
      resourceId: RESOURCE,
      oldest: '2024-01-01',
      newest: '-infinity',
      smallestKey: '1',
      largestKey: '1',
      file: { bucket: BUCKET, key, sizeBytes: 4, sha256: 'a'.repeat(64), contentHash: 'b'.repeat(32) },
    });

  const transaction = async (end: 'COMMIT' | 'ROLLBACK') => {
    const { rows } = await bench.client
      .query('BEGIN; SELECT pg_current_xact_id()::text AS id')
      .then((results) => {
        const [, second] = results as unknown as { rows: { id: string }[] }[];
        return second ?? { rows: [] };
      });
    await bench.client.query(end);
    return rows[0]?.id ?? '';
  };

  test('only what this instance knows to be rolled back is deleted; the rest is told', async () => {
    const aborted = await upload(keyOf(await transaction('ROLLBACK')));
    const counted = await upload(keyOf(await transaction('COMMIT')));
    await enter(counted);
    const lost = await upload(keyOf(await transaction('COMMIT')));
    const ofAClone = await upload(keyOf(await transaction('ROLLBACK'), 'db-CLONE'));
    const future = await upload(keyOf('18446744073709551000'));
    const unknown = await upload(`${keyOf('1').slice(0, keyOf('1').lastIndexOf('/'))}/notes.txt`);
    await bench.connect(async (other) => {
      await other.query('BEGIN');
      const { rows } = await other.query('SELECT pg_current_xact_id()::text AS id');
      const running = await upload(keyOf(rows[0].id));
      const swept = await bench.connect((client) => sweepTable(bench.context, client, policy));
      expect(swept.deleted).toEqual([aborted]);
      expect(swept.unexplained.toSorted()).toEqual([lost, ofAClone, future, unknown].toSorted());
      expect(swept.unexplained).not.toContain(running);
      await other.query('ROLLBACK');
    });
  });

  test('a file is locked after its commit, also by the run after one that was killed in between', async () => {
    await enter('a.parquet');
    const sent: PutObjectRetentionCommand[] = [];
    const s3 = {
      send: async (command: PutObjectRetentionCommand) => sent.push(command),
    } as unknown as S3Client;
    const lock = () => bench.connect((client) => lockFiles({ ...bench.context, s3 }, client, policy));
    await lock();
    await lock();
    expect(sent.map(({ input }) => input)).toEqual([
      expect.objectContaining({
        Bucket: BUCKET,
        Key: 'a.parquet',
        Retention: { Mode: 'GOVERNANCE', RetainUntilDate: expect.any(Date) },
      }),
    ]);
    const until = sent[0]?.input.Retention?.RetainUntilDate?.getTime() ?? 0;
    expect(Math.round((until - Date.now()) / 86_400_000)).toBe(10);
    const { rows } = await bench.client.query(
      'SELECT locked_at IS NOT NULL AS locked FROM nightshift.archive_batches',
    );
    expect(rows).toEqual([{ locked: true }]);
  });

  test('a lock whose days are over is noted, and not asked for: S3 refuses a date that has passed', async () => {
    await enter('long-ago.parquet');
    await bench.client.query(
      "UPDATE nightshift.archive_batches SET committed_at = now() - interval '11 days'",
    );
    const s3 = { send: () => Promise.reject(new Error('nothing should be asked')) } as unknown as S3Client;
    await bench.connect((client) => lockFiles({ ...bench.context, s3 }, client, policy));
    const { rows } = await bench.client.query(
      'SELECT locked_until < now() AS over FROM nightshift.archive_batches',
    );
    expect(rows).toEqual([{ over: true }]);
  });

  const chainOf = (s3: S3Client) => (slot: string) =>
    bench.connect((client) =>
      chainBatches(
        { aws: { s3 }, names: { backupBucket: BUCKET }, request: { database: 'bench', slot } } as never,
        client,
      ),
    );

  test('a batch that took the id of another, as in a ledger that was restored, gets a link of its own', async () => {
    const { s3, texts } = storedObjects(new Map());
    const chain = chainOf(s3);
    await bench.client.query('TRUNCATE nightshift.archive_batches RESTART IDENTITY');
    expect(await enter('before.parquet')).toBe('1');
    expect(await chain('2026-01-02')).toMatchObject({ sequence: 1 });
    await bench.client.query('TRUNCATE nightshift.archive_batches RESTART IDENTITY');
    expect(await enter('after.parquet')).toBe('1');
    expect(await chain('2026-01-02')).toMatchObject({ sequence: 2 });
    const keys = [...texts.values()].flatMap((text) =>
      (JSON.parse(text) as { body: { batches: { key: string }[] } }).body.batches.map(({ key }) => key),
    );
    expect(keys).toEqual(['before.parquet', 'after.parquet']);
  });

  test('each batch stands in the chain once, whoever wrote it and whenever the run was killed', async () => {
    const { s3, texts } = storedObjects(new Map());
    const chain = chainOf(s3);
    const named = () =>
      [...texts.values()].flatMap((text) =>
        (JSON.parse(text) as { body: { batches: { id: string }[] } }).body.batches.map(({ id }) => id),
      );
    expect(await chain('2026-01-01')).toBeNull();
    const first = await enter('1.parquet', 'a-run-that-failed');
    const second = await enter('2.parquet');
    expect(await chain('2026-01-02')).toMatchObject({ sequence: 1 });
    expect(named()).toEqual([first, second]);
    const third = await enter('3.parquet');
    expect(await chain('2026-01-02')).toMatchObject({ sequence: 2 });
    expect(named()).toEqual([first, second, third]);
    // Killed after the link was written and before that was noted.
    await bench.client.query('UPDATE nightshift.archive_batches SET manifest_sequence = NULL WHERE id = $1', [
      third,
    ]);
    await chain('2026-01-02');
    expect(named()).toEqual([first, second, third]);
  });
});
