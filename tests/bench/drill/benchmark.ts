import { restoreDrill } from '../../../shared/config/restore-drill.ts';
import { reportOf } from '../../support/drills.ts';
import { type JobStage, startJobStage } from '../../support/job-stage.ts';
import { atMostTimes, type Benchmark, type Measurement, median, shown } from '../benchmark.ts';
import { restoreAndAsk } from './by-hand.ts';

const usualRows = 2_000_000;
const rounds = 3;
/** RDS takes a quarter of an hour for the smallest restore, and is looked at twice a minute: both thirty times as fast here. */
const restoringSeconds = 30;

const settings = restoreDrill.parse({
  polling: { instanceSeconds: 1 },
  patience: { restoreHours: 0.1, connectMinutes: 1, deleteHours: 0.1 },
  questions: { hashChains: [{ table: 'public.ledger_entries' }] },
});

export const benchmark: Benchmark = {
  summary: 'what a drill adds to its restore and its questions',
  async run(say, { rows = usualRows }) {
    const stage = await startJobStage({
      template: undefined,
      drilling: settings,
      delays: {
        snapshotCreating: 0,
        exportStarting: 0,
        exportRunning: 0,
        copying: 0,
        restoring: restoringSeconds * 1_000,
        deleting: 0,
      },
    });
    try {
      say(`seeding ${rows.toLocaleString('en-US')} audit rows`);
      await stage.databases[0]?.seed({ auditRows: rows });
      const snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
      return await measure(stage, snapshot, say);
    } finally {
      await stage.stop();
    }
  },
};

async function measure(
  stage: JobStage,
  snapshot: string,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const taken = { restoring: [] as number[], asking: [] as number[], whole: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const { restoring, asking, findings } = await restoreAndAsk(stage, snapshot, settings.questions);
    taken.restoring.push(restoring);
    taken.asking.push(asking);
    const began = performance.now();
    const report = reportOf(await stage.drill({ database: 'menotime', label: `round-${round}`, snapshot }));
    taken.whole.push((performance.now() - began) / 1_000);
    requireSame(findings.length, report.findings.length);
    const { phases } = report;
    say(
      `  by hand: restoring ${restoring.toFixed(1)} s, asking ${asking.toFixed(1)} s; the drill: ${taken.whole.at(-1)?.toFixed(1)} s, of which restoring ${phases.restoring}, connecting ${phases.connecting}, asking ${phases.asking}, deleting ${phases.deleting}`,
    );
  }
  const bare = taken.restoring.map((seconds, round) => seconds + (taken.asking[round] ?? 0));
  return [
    shown('restoring by hand', median(taken.restoring), 's'),
    shown('asking by hand', median(taken.asking), 's'),
    atMostTimes(
      shown('the whole drill, its deletion too, beside restoring and asking', median(taken.whole), 's'),
      median(bare),
      1.1,
    ),
  ];
}

/** The drill has one more: how long it took. */
function requireSame(byHand: number, inDrill: number): void {
  if (byHand + 1 === inDrill) return;
  throw new Error(`By hand ${byHand} findings were made, and in the drill ${inDrill}.`);
}
