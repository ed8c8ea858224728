import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { madeFor } from '../../../support/made.ts';

describe('a backup is made although something beside it fails, and the run says so', () => {
  let stage: JobStage;
  let admin: Client;

  beforeAll(async () => {
    stage = await startJobStage();
    const [database] = stage.databases;
    admin = new Client({ ...database?.instance.adminConnection, database: 'menotime_demo' });
    await admin.connect();
  });
  afterEach(() => stage.stack.gateway.faults.clear());
  afterAll(async () => {
    await admin?.end();
    await stage?.stop();
  });

  const failure = (slot: string) =>
    stage.run(scheduled(slot)).then(
      () => undefined,
      (error: Error) => error.message,
    );

  test('the database refuses the job: snapshot, export and copy are there, and the next start proves them', async () => {
    await admin.query('ALTER ROLE nightshift NOLOGIN');
    const message = await failure('2026-07-01');
    await admin.query('ALTER ROLE nightshift LOGIN');
    expect(message).toMatch(/28000|not permitted to log in/);
    const made = await madeFor(stage, '2026-07-01');
    expect(made.snapshots).toMatchObject([{ Status: 'available' }]);
    expect(made.exports).toMatchObject([{ Status: 'COMPLETE' }]);
    expect(made.copies).toMatchObject([{ Status: 'available' }]);
    const notes = ['rows not proved: counting around this job’s own snapshot had failed'];
    expect(await stage.run(scheduled('2026-07-01'))).toMatchObject({
      kind: 'done',
      before: false,
      record: { report: { snapshot: { adopted: false }, export: { proof: { notes } } } },
    });
    expect((await madeFor(stage, '2026-07-01')).exports).toHaveLength(1);
  });

  test('the second region is away: snapshot and export are there and proved, and the next start copies', async () => {
    stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'rds', region: 'us-east-1' });
    expect(await failure('2026-07-02')).toMatch(/us-east-1/);
    stage.stack.gateway.faults.clear();
    const made = await madeFor(stage, '2026-07-02');
    expect(made.exports).toMatchObject([{ Status: 'COMPLETE' }]);
    expect(made.copies).toEqual([]);
    expect(await stage.run(scheduled('2026-07-02'))).toMatchObject({ kind: 'done', before: false });
    expect((await madeFor(stage, '2026-07-02')).copies).toMatchObject([{ Status: 'available' }]);
  });
});
