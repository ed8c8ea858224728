import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds';
import { Client } from 'pg';
import type { Answer } from '../../../functions/restore-drill/questions/asking.ts';
import { allQuestions } from '../../../functions/restore-drill/questions/questions.ts';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import type { JobStage } from '../../support/job-stage.ts';

const lookEveryMs = 100;

export interface ByHand {
  readonly restoring: number;
  readonly asking: number;
  readonly findings: Answer['findings'];
}

/** Restores a snapshot and asks the same questions with nothing around them: no plan, record, checkpoint or report. */
export async function restoreAndAsk(
  stage: JobStage,
  snapshot: string,
  questions: DrillQuestions,
): Promise<ByHand> {
  const identifier = 'by-hand';
  const began = performance.now();
  await stage.clients.rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: identifier,
      DBSnapshotIdentifier: snapshot,
    }),
  );
  const { host, port } = await available(stage, identifier);
  const restored = performance.now();
  const findings: Answer['findings'][] = [];
  for (const question of allQuestions.filter((each) => each.isAsked(questions))) {
    const answer = await question.ask({
      connect: (use) => connected(stage, { host, port }, use),
      questions,
      secondsLeft: () => 13 * 60,
      source: { databaseName: databaseOf(stage).databaseName, restoredTo: new Date() },
      baseline: { bounds: null, lastDrill: null },
      exported: null,
    });
    findings.push(answer.findings);
  }
  const asked = performance.now();
  await remove(stage, identifier);
  return {
    restoring: (restored - began) / 1_000,
    asking: (asked - restored) / 1_000,
    findings: findings.flat(),
  };
}

function databaseOf({ config }: JobStage) {
  const [database] = Object.values(config.databases);
  if (!database) throw new Error('The demo has no database.');
  return database;
}

async function available({ clients }: JobStage, identifier: string) {
  for (;;) {
    const { DBInstances = [] } = await clients.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
    );
    const [instance] = DBInstances;
    const { Address: host = '', Port: port = 0 } = instance?.Endpoint ?? {};
    if (instance?.DBInstanceStatus === 'available') return { host, port };
    await sleep(lookEveryMs);
  }
}

async function connected<T>(
  stage: JobStage,
  address: { readonly host: string; readonly port: number },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...address,
    database: databaseOf(stage).databaseName,
    user: 'nightshift',
    password: stage.databases[0]?.jobPassword,
    ssl: { ca: stage.stack.certificatePem },
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function remove({ clients }: JobStage, identifier: string): Promise<void> {
  const DBInstanceIdentifier = identifier;
  await clients.rds.send(
    new DeleteDBInstanceCommand({
      DBInstanceIdentifier,
      SkipFinalSnapshot: true,
      DeleteAutomatedBackups: true,
    }),
  );
  for (;;) {
    const { DBInstances = [] } = await clients.rds.send(new DescribeDBInstancesCommand({}));
    if (!DBInstances.some((instance) => instance.DBInstanceIdentifier === identifier)) return;
    await sleep(lookEveryMs);
  }
}
