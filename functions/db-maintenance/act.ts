import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresError } from '../../shared/job/errors.ts';
import { AlreadyRunningError } from '../../shared/postgres/detached/already-running-error.ts';
import { findRunning } from '../../shared/postgres/detached/running.ts';
import type { DbMaintenanceJob, Reach } from './job.ts';
import { isPartOfTable, judge, type MaintenanceOutcome, type Seen, type Status } from './outcome.ts';
import type { Action } from './plan.ts';
import { withProgress } from './progress.ts';
import { readInvalidIndexes } from './read-invalid-indexes.ts';
import { see } from './see.ts';
import { nameOf, type Order, send } from './send.ts';
import { whyPassedOver } from './why-passed-over.ts';

export type ActingJob = Pick<DbMaintenanceJob, 'log' | 'request'>;

/** What was sent, and had not ended when its shift did. */
export interface Pending {
  readonly action: Action;
  readonly before: Seen;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** `part` of a table was looked through: what is planned next goes on with it. */
export type Acted =
  | { readonly outcome: MaintenanceOutcome }
  | { readonly pending: Pending }
  | { readonly part: Pending };

/** Does one action: sees how it is, sends the statement, and sees what has become of it. Nothing that fails is thrown. */
export async function act(
  job: ActingJob,
  reach: Reach,
  action: Action,
  order: Order,
  until: number,
): Promise<Acted> {
  const sentAt = Date.now();
  const before = await reach.connect((client) => see(client, action, order.slot));
  const pending = { action, before, sentAt };
  if (action.kind === 'drop leftover' && !(await isStillLeftover(reach, action))) {
    return {
      outcome: outcomeOf(pending, before, 'postponed', 'it is not what it was when this was planned'),
    };
  }
  try {
    const name = nameOf(action, order.slot);
    const sent = await withProgress(job, reach, { target: action.target, name }, () =>
      send(reach.options, action, order, until),
    );
    return sent === 'running' ? { pending } : await lookAt(reach, pending, order.slot);
  } catch (error) {
    return { outcome: await failed(reach, pending, order.slot, error) };
  }
}

/** Waits for what an earlier shift, or a run that was killed, has left at work. */
export async function followUp(
  job: ActingJob,
  reach: Reach,
  pending: Pending,
  slot: string,
  until: number,
): Promise<Acted> {
  const name = nameOf(pending.action, slot);
  const { target } = pending.action;
  const isRunning = async () => (await reach.connect((client) => findRunning(client, [name]))).has(name);
  return withProgress(job, reach, { target, name }, async () => {
    while (await isRunning()) {
      if (Date.now() >= until) return { pending };
      await sleep(Math.min(2_000, Math.max(50, until - Date.now())));
    }
    return lookAt(reach, pending, slot);
  });
}

/** Right before it is dropped: somebody may have taken its name, or its original away. */
async function isStillLeftover({ connect }: Reach, { id, target, schema, name }: Action): Promise<boolean> {
  const everything = { only: null, leaveOut: [] };
  const [index] = await connect((client) => readInvalidIndexes(client, { role: '' }, everything, id));
  return (
    index !== undefined &&
    index.schema === schema &&
    index.name === name &&
    index.original !== null &&
    index.original !== target &&
    !index.isBeingBuilt &&
    !index.isOfConstraint
  );
}

async function lookAt({ connect }: Reach, pending: Pending, slot: string): Promise<Acted> {
  const after = await connect((client) => see(client, pending.action, slot));
  if (isPartOfTable(pending.action, pending.before, after)) return { part: pending };
  const { status, reason } = judge(pending.action, pending.before, after);
  const outcome = outcomeOf(pending, after, status, reason);
  const { kind } = pending.action;
  if (status !== 'no effect' || (kind !== 'vacuum' && kind !== 'analyze')) return { outcome };
  const why = await connect((client) => whyPassedOver(client, pending.action));
  return { outcome: { ...outcome, ...why } };
}

const adviceOverLimit =
  'An index can only be compared with its table in one piece: raise integrity.indexLimitMinutes, or let restore-drill look through a restored copy';

async function failed(
  { connect }: Reach,
  pending: Pending,
  slot: string,
  error: unknown,
): Promise<MaintenanceOutcome> {
  const reason = error instanceof Error ? error.message : String(error);
  const after = await connect((client) => see(client, pending.action, slot));
  if (after.finding !== null) {
    const { status, reason: found } = judge(pending.action, pending.before, after);
    return outcomeOf(pending, after, status, found);
  }
  const isHeld =
    error instanceof AlreadyRunningError || (error instanceof PostgresError && error.sqlState === '55P03');
  const isGone = after.id === null && pending.action.kind !== 'drop leftover';
  const isOverLimit =
    pending.action.kind === 'check index' && error instanceof PostgresError && error.sqlState === '57014';
  return outcomeOf(
    pending,
    after,
    isGone ? 'dropped meanwhile' : isHeld ? 'postponed' : 'failed',
    isOverLimit ? `${reason}. ${adviceOverLimit}` : reason,
  );
}

function outcomeOf(
  { action, before, sentAt }: Pending,
  after: Seen,
  status: Status,
  reason: string,
): MaintenanceOutcome {
  const { kind, target, id, bytes } = action;
  const seconds = Math.round((Date.now() - sentAt) / 100) / 10;
  return {
    kind,
    target,
    id,
    bytes,
    status,
    reason,
    remedy: null,
    seconds,
    before: known(before),
    after: known(after),
  };
}

/** Checkpoints keep what is known alone. */
function known(seen: Seen): Partial<Seen> {
  return Object.fromEntries(
    Object.entries(seen).filter(([key, value]) => value !== null && key !== 'mark' && key !== 'id'),
  );
}

/** What goes on when the run's time is over. */
export function stillRunning(pending: Pending): MaintenanceOutcome {
  return outcomeOf(
    pending,
    pending.before,
    'running',
    'it goes on in the server; the next run sees what became of it',
  );
}
