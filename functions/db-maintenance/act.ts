import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '../../shared/aws/errors.ts';
import { PostgresError } from '../../shared/job/errors.ts';
import { AlreadyRunningError } from '../../shared/postgres/detached/already-running-error.ts';
import { findRunning } from '../../shared/postgres/detached/running.ts';
import type { DbMaintenanceJob, Reach } from './job.ts';
import { isPartOfTable, judge, type MaintenanceOutcome, type Seen, type Status } from './outcome.ts';
import type { Action } from './plan.ts';
import { withProgress } from './progress.ts';
import { readInvalidIndexes } from './read-invalid-indexes.ts';
import { nothing, see } from './see.ts';
import { nameOf, type Order, send } from './send.ts';
import { sincePlanned } from './since-planned.ts';
import { whyNoEffect } from './why-no-effect.ts';

export type ActingJob = Pick<DbMaintenanceJob, 'log' | 'request'>;

/** What was sent, and had not ended when its shift did. */
export interface Pending {
  readonly action: Action;
  readonly before: Seen;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/**
 * `part` of a table was looked through: what is planned next goes on with it. `broken`: the server was not to be had
 * for a moment, and whether anything was done is to be seen later: what is pending is looked at, what is not is planned anew.
 */
export type Acted =
  | { readonly outcome: MaintenanceOutcome }
  | { readonly pending: Pending; readonly broken?: string }
  | { readonly part: Pending }
  | { readonly broken: string };

/** Does one action: sees how it is, sends the statement, and sees what has become of it. Nothing is thrown. */
export async function act(
  job: ActingJob,
  reach: Reach,
  action: Action,
  order: Order,
  until: number,
): Promise<Acted> {
  const sentAt = Date.now();
  let pending: Pending = { action, before: nothing, sentAt };
  try {
    const [before, changed] = await reach.connect(
      async (client) => [await see(client, action, order.slot), await sincePlanned(client, action)] as const,
    );
    pending = { action, before, sentAt };
    if (changed) return { outcome: outcomeOf(pending, before, changed.status, changed.reason) };
    if (action.kind === 'drop leftover' && !(await isStillLeftover(reach, action))) {
      const reason = 'it is not what it was when this was planned';
      return { outcome: outcomeOf(pending, before, 'postponed', reason) };
    }
    const name = nameOf(action, order.slot);
    const sent = await withProgress(job, reach, { target: action.target, name }, () =>
      send(reach.options, action, order, until),
    );
    if (sent === 'running') return { pending };
  } catch (error) {
    return orBroken(error, pending, () => failed(job, reach, pending, order.slot, error));
  }
  return lookAt(reach, pending, order.slot, 'heard');
}

/** Before it was sent, a server that is not to be had says nothing about the action. */
async function orBroken(error: unknown, pending: Pending, judged: () => Promise<Acted>): Promise<Acted> {
  if (isBroken(error)) return { broken: wordsOf(error) };
  try {
    return await judged();
  } catch (second) {
    if (isBroken(second)) return { broken: wordsOf(second) };
    return { outcome: outcomeOf(pending, nothing, 'failed', wordsOf(error)) };
  }
}

/** What passes by itself; a lock that was not to be had, and a session that somebody ended, are about the action. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return isTransient(error);
  return error.transient && !/^(55P03|40P01|57P0[12])$/.test(error.sqlState ?? '');
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

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
  try {
    return await withProgress(job, reach, { target, name }, async () => {
      while (await isRunning()) {
        if (Date.now() >= until) return { pending };
        await sleep(Math.min(2_000, Math.max(50, until - Date.now())));
      }
      return lookAt(reach, pending, slot, 'unheard');
    });
  } catch (error) {
    return { pending, broken: wordsOf(error) };
  }
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

/** What has become of it; where that cannot be seen now, it stays pending. */
async function lookAt(
  reach: Reach,
  pending: Pending,
  slot: string,
  end: 'heard' | 'unheard',
): Promise<Acted> {
  try {
    return await lookOnce(reach, pending, slot, end);
  } catch (error) {
    return { pending, broken: wordsOf(error) };
  }
}

async function lookOnce(
  { connect }: Reach,
  pending: Pending,
  slot: string,
  end: 'heard' | 'unheard',
): Promise<Acted> {
  const after = await connect((client) => see(client, pending.action, slot));
  if (isPartOfTable(pending.action, pending.before, after)) return { part: pending };
  const { status, reason } = judge(pending.action, pending.before, after);
  const outcome = outcomeOf(pending, after, status, reason);
  const { kind } = pending.action;
  if (status !== 'no effect' || (kind !== 'vacuum' && kind !== 'analyze')) return { outcome };
  const why = await connect((client) =>
    whyNoEffect(client, pending.action, { before: pending.before, after, end }),
  );
  return { outcome: { ...outcome, ...why } };
}

const adviceOverLimit =
  'An index can only be compared with its table in one piece: raise integrity.indexLimitMinutes, or let restore-drill look through a restored copy';

async function failed(
  { log }: ActingJob,
  { connect }: Reach,
  pending: Pending,
  slot: string,
  error: unknown,
): Promise<Acted> {
  const adopted = await adopt(connect, pending, slot, error);
  if (adopted) {
    const { kind, target } = adopted.action;
    log.info('Waits for what an earlier run has left at work', { kind, target });
    return { pending: adopted };
  }
  const reason = wordsOf(error);
  const changed = isMissing(error) && (await connect((client) => sincePlanned(client, pending.action)));
  if (changed) return { outcome: outcomeOf(pending, pending.before, changed.status, changed.reason) };
  const after = await connect((client) => see(client, pending.action, slot));
  const judged = judge(pending.action, pending.before, after);
  if (after.finding !== null) return { outcome: outcomeOf(pending, after, judged.status, judged.reason) };
  if (pending.action.kind === 'rebuild index' && judged.status === 'done') {
    const done = `${judged.reason}; the new one has its place, and taking the old one away failed: ${reason}`;
    return { outcome: outcomeOf(pending, after, 'done', done) };
  }
  const isHeld =
    error instanceof AlreadyRunningError ||
    (error instanceof PostgresError && /^(55P03|40P01)$/.test(error.sqlState ?? ''));
  const isGone = after.id === null && pending.action.kind !== 'drop leftover';
  const isOverLimit =
    pending.action.kind === 'check index' && error instanceof PostgresError && error.sqlState === '57014';
  const status = isGone ? 'dropped meanwhile' : isHeld ? 'postponed' : 'failed';
  return {
    outcome: outcomeOf(pending, after, status, isOverLimit ? `${reason}. ${adviceOverLimit}` : reason),
  };
}

/** No such table, index, or schema. */
const isMissing = (error: unknown) =>
  error instanceof PostgresError && /^(42P01|42704|3F000)$/.test(error.sqlState ?? '');

/**
 * What a run that was killed has left at work for the same slot bears the same name: it is waited for as if it were
 * ours. What it had done before it was seen counts, so that its mark of before is none.
 */
async function adopt(
  connect: Reach['connect'],
  pending: Pending,
  slot: string,
  error: unknown,
): Promise<Pending | undefined> {
  if (!(error instanceof AlreadyRunningError)) return undefined;
  const name = nameOf(pending.action, slot);
  const running = (await connect((client) => findRunning(client, [name]))).get(name);
  if (!running) return undefined;
  const sentAt = Date.parse(running.beganAt);
  const { mark } = pending.before;
  const before =
    mark !== null && Date.parse(mark) >= sentAt ? { ...pending.before, mark: null } : pending.before;
  return { ...pending, before, sentAt };
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
    // The new one is not to be tried again in this run, however empty it is.
    id: kind === 'rebuild index' ? (after.id ?? id) : id,
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
