import type { ExportOutcome } from '../../export/exporter.ts';
import type { RdsContext } from '../context.ts';
import { emitSnapshotEvent } from '../event-catalogue.ts';
import type { ExportTask, Snapshot } from '../state.ts';
import { startSnapshotServer, type ThrowAwayServer } from './snapshot-server.ts';

/** An end that a fault on order brought about. */
class OrderedEnd extends Error {
  override readonly name = 'OrderedEnd';
}

/** Takes an export from `STARTING` to its end. Never rejects: what goes wrong shows as the task's failure cause. */
export async function runExport(
  rds: RdsContext,
  snapshot: Snapshot,
  task: ExportTask,
  ready: ThrowAwayServer | undefined,
): Promise<void> {
  const signal = AbortSignal.any([rds.background.signal, task.cancelling.signal]);
  let server = ready;
  try {
    await rds.background.pause(rds.delays.exportStarting, signal);
    server ??= await startSnapshotServer(rds, snapshot, signal);
    task.startTime = new Date();
    task.status = 'IN_PROGRESS';
    const outcome = await extract(rds, snapshot, task, server, signal);
    signal.throwIfAborted();
    task.extractedBytes = outcome.extractedBytes;
    const { warningMessage } =
      rds.faults.take('export-warns', task.identifier, snapshot.identifier) ?? outcome;
    task.warningMessage = warningMessage;
    task.percentProgress = 100;
    end(rds, snapshot, task, 'COMPLETE');
  } catch (error) {
    if (task.cancelling.signal.aborted) end(rds, snapshot, task, 'CANCELED');
    else if (!rds.background.signal.aborted) {
      task.failureCause = (error as Error).message;
      end(rds, snapshot, task, 'FAILED');
    }
  } finally {
    await server?.dispose();
  }
}

async function extract(
  rds: RdsContext,
  snapshot: Snapshot,
  task: ExportTask,
  server: ThrowAwayServer,
  signal: AbortSignal,
): Promise<ExportOutcome> {
  await meetOrders(rds, snapshot, task, signal);
  const [outcome] = await Promise.all([
    rds.exporter({
      exportTaskIdentifier: task.identifier,
      sourceArn: task.sourceArn,
      exportOnly: task.exportOnly,
      snapshotTime: task.snapshotTime,
      taskStartTime: task.startTime,
      bucket: task.bucket,
      prefix: task.prefix,
      iamRoleArn: task.iamRoleArn,
      kmsKeyId: task.kmsKeyId,
      server: {
        host: '127.0.0.1',
        port: server.port,
        user: server.user,
        password: server.password,
        certificatePem: rds.certificate.certificatePem,
      },
      s3: rds.s3(task.region),
      onProgress: (percent, extractedBytes) => {
        // 100 is for a task that has ended.
        task.percentProgress = Math.min(99, Math.floor(percent));
        task.extractedBytes = extractedBytes;
      },
      signal,
    }),
    rds.background.pause(rds.delays.exportRunning, signal),
  ]);
  return outcome;
}

async function meetOrders(
  { faults }: RdsContext,
  snapshot: Snapshot,
  task: ExportTask,
  signal: AbortSignal,
): Promise<void> {
  const names = [task.identifier, snapshot.identifier] as const;
  if (faults.take('export-sticks', ...names)) await faults.stick(signal);
  if (faults.take('export-is-cancelled', ...names)) {
    task.cancelling.abort();
    throw new OrderedEnd('canceled');
  }
  const failure = faults.take('export-fails', ...names);
  if (failure) throw new OrderedEnd(failure.cause);
}

const END_EVENTS = {
  COMPLETE: 'RDS-EVENT-0161',
  CANCELED: 'RDS-EVENT-0160',
  FAILED: 'RDS-EVENT-0159',
} as const;

function end(rds: RdsContext, snapshot: Snapshot, task: ExportTask, status: keyof typeof END_EVENTS): void {
  task.status = status;
  task.endTime = new Date();
  // The event names the snapshot, not the task: that is how the service does it.
  emitSnapshotEvent(rds, snapshot, END_EVENTS[status]);
}
