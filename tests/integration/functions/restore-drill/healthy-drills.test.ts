import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DrillRunReport } from '../../../../functions/restore-drill/report.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import { startClinicWriters } from '../../../support/clinic-writer.ts';
import { reportOf, restoredNames } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';

let stage: JobStage;

const { questions } = restoreDrill.parse({
  questions: {
    roles: ['nightshift'],
    extensions: ['plpgsql'],
    freshness: [{ table: 'public.audit_log', column: 'timestamp', withinMinutes: 5 }],
    revalidate: ['public.appointments', 'public.clinical_notes', 'public.patients'],
    hashChains: [{ table: 'public.ledger_entries', recompute: 'ledger_entry_hash(ledger_entries)' }],
    compareWithExport: ['public.patients', 'public.ledger_entries'],
  },
});

beforeAll(async () => {
  stage = await startJobStage({ drilling: { questions } });
});
afterAll(() => stage?.stop());

/** Its rows are counted before and after, and some of its tables exported. */
async function drillOfCounted(label: string): Promise<DrillRunReport> {
  const tables = ['public.patients', 'public.ledger_entries'];
  const backup = await stage.run({ database: 'menotime', label, tables });
  const report = backup.kind === 'done' ? backup.record.report : undefined;
  const snapshot = report?.kind === 'run' ? report.snapshot.identifier : '';
  return reportOf(await stage.drill({ database: 'menotime', label, snapshot }));
}

/** RDS's own: nobody has counted around it, so that the last drill is what it is held against. */
async function drillOfAutomated(label: string, drill: number): Promise<DrillRunReport> {
  // It is named for a minute, and more than one may be taken in the same.
  const namedFor = new Date(Date.now() - drill * 60_000);
  const snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo', namedFor);
  return reportOf(await stage.drill({ database: 'menotime', label, snapshot }));
}

test(
  'drills in a row on a healthy database that goes on being written to: not one false alarm',
  async () => {
    const [database] = stage.databases;
    if (!database) throw new Error('The stage has no database.');
    const writers = await startClinicWriters({
      ...database.instance.adminConnection,
      database: 'menotime_demo',
    });
    const drills = rounds(2, 50);
    const statuses: Record<string, number> = {};
    const alarms: string[] = [];
    const seconds: number[] = [];
    let transactions = 0;
    try {
      for (let drill = 1; drill <= drills; drill += 1) {
        const label = `drill-${drill}`;
        const report = await (drill % 2 === 1 ? drillOfCounted(label) : drillOfAutomated(label, drill));
        seconds.push(report.recoverySeconds);
        for (const { check, status, fact } of report.findings) {
          statuses[status] = (statuses[status] ?? 0) + 1;
          // An automated snapshot is not exported, which is said, and is no alarm.
          if (status === 'fail' || status === 'warn') alarms.push(`${label}: ${status} ${check}: ${fact}`);
        }
      }
    } finally {
      transactions = await writers.stop();
    }
    const mean = Math.round((seconds.reduce((sum, each) => sum + each, 0) / drills) * 10) / 10;
    process.stderr.write(
      `${JSON.stringify({ drills, transactions, findings: statuses, recoverySeconds: { mean, most: Math.max(...seconds) } })}\n`,
    );
    expect(alarms).toEqual([]);
    expect(transactions).toBeGreaterThan(drills * 10);
    expect(await restoredNames(stage.clients.rds)).toEqual([]);
  },
  patienceMs,
);
