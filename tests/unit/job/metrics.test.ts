import { expect, jest, test } from '@jest/globals';
import { publishMetrics } from '../../../shared/job/metrics.ts';

/** The lines that CloudWatch would read as metrics. */
async function emitted(publish: () => Promise<void>): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const keep = (line: unknown) => void lines.push(String(line));
  const spies = [
    jest.spyOn(console, 'log').mockImplementation(keep),
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      keep(text);
      return true;
    }),
  ];
  try {
    await publish();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines.map((line) => JSON.parse(line));
}

test('one line in the embedded format: namespace, dimensions, units and values', async () => {
  const [line, ...others] = await emitted(() =>
    publishMetrics({ job: 'snapshot-export', stage: 'prod', database: 'menotime' }, [
      { name: 'RunSucceeded', unit: 'Count', value: 1 },
      { name: 'RunDuration', unit: 'Seconds', value: 12.5 },
    ]),
  );
  expect(others).toEqual([]);
  expect(line).toMatchObject({
    service: 'snapshot-export',
    Stage: 'prod',
    Database: 'menotime',
    RunSucceeded: 1,
    RunDuration: 12.5,
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'Nightshift',
          // One set alone: alarms look for exactly these.
          Dimensions: [['service', 'Stage', 'Database']],
          Metrics: [
            { Name: 'RunSucceeded', Unit: 'Count' },
            { Name: 'RunDuration', Unit: 'Seconds' },
          ],
        },
      ],
    },
  });
});

test('a second run brings nothing along from the first', async () => {
  const publish = (database: string) => () =>
    publishMetrics({ job: 'snapshot-export', stage: 'prod', database }, [
      { name: 'Pruned', unit: 'Count', value: 0 },
    ]);
  await emitted(publish('menotime'));
  expect(await emitted(publish('ledger'))).toMatchObject([{ Database: 'ledger', Pruned: 0 }]);
});
