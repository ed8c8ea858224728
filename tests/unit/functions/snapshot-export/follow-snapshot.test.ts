import { DBSnapshotNotFoundFault, RDSClient } from '@aws-sdk/client-rds';
import { expect, test } from '@jest/globals';
import { followSnapshot } from '../../../../functions/snapshot-export/follow-snapshot.ts';
import type { SnapshotExportJob } from '../../../../functions/snapshot-export/job.ts';
import type { Watch } from '../../../../shared/job/durable.ts';

type Answer = 'creating' | 'available' | 'unknown';

/** Follows a snapshot through these answers of RDS; fails if it is asked once more than there are. */
function follow(answers: readonly Answer[]) {
  const left = [...answers];
  const rds = new RDSClient({ region: 'us-west-1' });
  rds.send = async () => {
    const answer = left.shift();
    if (answer === undefined) throw new Error('RDS was asked again.');
    if (answer === 'unknown') throw new DBSnapshotNotFoundFault({ message: 'x', $metadata: {} });
    return { DBSnapshots: [{ DBSnapshotIdentifier: 'night', Status: answer }] };
  };
  const job = { log: { info: () => undefined }, watch: lookUntilDone } as unknown as SnapshotExportJob;
  const places = { identifier: 'night', what: 'snapshot', region: 'us-west-1' } as const;
  const followed = followSnapshot(job, { rds, ...places, everySeconds: 1, forHours: 1 });
  return followed.finally(() => {
    rds.destroy();
    expect(left).toEqual([]);
  });
}

async function lookUntilDone<T>(_name: string, { look, done }: Watch<T>): Promise<T> {
  let seen = await look(undefined);
  while (!done(seen)) seen = await look(seen);
  return seen;
}

test('a snapshot is followed until it is available', async () => {
  expect(await follow(['creating', 'creating', 'available'])).toMatchObject({ status: 'available' });
});

test('RDS does not know it yet twice: its answers lag, and it is waited for', async () => {
  expect(await follow(['unknown', 'unknown', 'available'])).toMatchObject({ status: 'available' });
});

test('a third time in a row it is gone', async () => {
  await expect(follow(['creating', 'unknown', 'unknown', 'unknown'])).rejects.toThrow(
    'The snapshot night in us-west-1 is gone. See the events of RDS for the reason; the next start of this slot makes another one.',
  );
});

test('not in a row, it is not gone: each time that it is seen, counting begins anew', async () => {
  const answers: Answer[] = ['unknown', 'unknown', 'creating', 'unknown', 'unknown', 'available'];
  expect(await follow(answers)).toMatchObject({ status: 'available' });
});
