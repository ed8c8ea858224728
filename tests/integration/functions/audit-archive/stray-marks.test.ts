import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { formatMark } from '../../../../functions/audit-archive/detached-mark.ts';
import { tellStrayMarks } from '../../../../functions/audit-archive/stray-marks.ts';
import { auditArchive } from '../../../../shared/config/archive.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;
beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  client = new Client(cluster.config('postgres'));
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

test('marks of a policy that the config has no more are told, with what to do; others are not', async () => {
  const policies = [{ table: 'public.known', ageColumn: 'at', olderThan: '1 day', to: { kind: 's3' } }];
  const settings = auditArchive.parse({ policies });
  const mark = (policy: string) =>
    client.escapeLiteral(
      formatMark({ policy, bound: "FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')", comment: null }),
    );
  await client.query(/* sql */ `
    CREATE TABLE known_1 (at date); CREATE TABLE lost_1 (at date); CREATE TABLE changed_1 (at date);
    CREATE TABLE whole (at date) PARTITION BY RANGE (at); CREATE TABLE whole_1 PARTITION OF whole DEFAULT;
    COMMENT ON TABLE known_1 IS ${mark('public.known')};
    COMMENT ON TABLE lost_1 IS ${mark('public.lost')};
    COMMENT ON TABLE whole_1 IS ${mark('public.lost')};
    COMMENT ON TABLE changed_1 IS ${mark('public.lost').replace('{', '')};`);
  const told: { table: string; reason: string }[] = [];
  const log = { warn: (_message: string, about: (typeof told)[number]) => told.push(about) };
  await tellStrayMarks({ settings, log } as unknown as Parameters<typeof tellStrayMarks>[0], client);
  expect(told).toEqual([
    { table: 'public.changed_1', reason: expect.stringMatching(/its comment.* was changed/) },
    {
      table: 'public.lost_1',
      reason: expect.stringMatching(
        /no policy for public\.lost any more.*ALTER TABLE public\.lost ATTACH PARTITION … FOR VALUES FROM \('2024-01-01'\)/,
      ),
    },
    { table: 'public.whole_1', reason: expect.stringMatching(/remove the comment/) },
  ]);
});
