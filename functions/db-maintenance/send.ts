import type { Client } from 'pg';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import { runDetachedAlone } from '../../shared/postgres/detached/alone.ts';
import { detachedName } from '../../shared/postgres/detached/name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { checkText } from './check-text.ts';
import { enterCheck } from './enter-check.ts';
import { type Action, type CheckAction, jobName, type VacuumAction } from './plan.ts';

export interface Order {
  readonly slot: string;
  readonly major: number;
  readonly checkSchema: string | null;
  readonly settings: Pick<DbMaintenanceConfig, 'lockTimeoutMs' | 'timeLimitMinutes' | 'integrity'>;
}

/** Also CONCURRENTLY waits for older transactions, and by that limit; nobody queues behind such a wait. */
const patientLockMs = 600_000;

/** So long before its shift a look at a table ends, for its last range and the rest after it; and none begins. */
export const checkMarginMs = 2_000;

export function nameOf({ kind, id }: Pick<Action, 'kind' | 'id'>, slot: string): string {
  return detachedName(jobName, `${kind} ${id}`, slot);
}

/** Sends an action's statement, and listens until its end or until `until`. Throws as `runDetached` does. */
export async function send(
  options: ConnectOptions,
  action: Action,
  order: Order,
  until: number,
): Promise<'ended' | 'running'> {
  const { slot, settings } = order;
  const name = nameOf(action, slot);
  const statementSeconds = settings.timeLimitMinutes * 60;
  const lock = `${jobName} ${action.kind} ${action.id}`;
  const limits = { lockMs: settings.lockTimeoutMs, statementSeconds };
  switch (action.kind) {
    case 'vacuum':
    case 'analyze':
      return runDetachedAlone(
        options,
        { name, lock, limits, statement: vacuumText(action, order.major) },
        until,
      );
    case 'rebuild index': {
      const statement = `REINDEX INDEX CONCURRENTLY ${quoteName(action.schema, action.name)}`;
      return runDetachedAlone(
        options,
        { name, lock, limits: { ...limits, lockMs: patientLockMs }, statement },
        until,
      );
    }
    case 'drop leftover': {
      const statement = `DROP INDEX CONCURRENTLY IF EXISTS ${quoteName(action.schema, action.name)}`;
      return runDetachedAlone(
        options,
        { name, lock, limits: { ...limits, lockMs: patientLockMs }, statement },
        until,
      );
    }
    case 'check index':
    case 'check table':
      return sendCheck(options, action, order, until);
  }
}

/** A table only until shortly before then, and as far as it comes; an index, which is one piece, until its own limit. */
function sendCheck(options: ConnectOptions, action: CheckAction, order: Order, until: number) {
  const { slot, settings } = order;
  const { integrity, timeLimitMinutes, lockTimeoutMs } = settings;
  const seconds = Math.max(0, until - Date.now() - checkMarginMs) / 1_000;
  const limitMinutes = action.kind === 'check index' ? integrity.indexLimitMinutes : timeLimitMinutes;
  const statementSeconds = limitMinutes * 60 + (action.kind === 'check index' ? 0 : seconds);
  const check = {
    name: nameOf(action, slot),
    lock: `${jobName} ${action.kind} ${action.id}`,
    limits: { lockMs: lockTimeoutMs, statementSeconds },
    prepare: (client: Client) => enterCheck(client, action, { slot, seconds, integrity }),
    statement: checkText(action.kind, order.checkSchema ?? 'nightshift'),
  };
  return runDetachedAlone(options, check, until);
}

/** It passes over what is locked, and what this role may not: that is seen by its effect. */
export function vacuumText(action: VacuumAction, major: number): string {
  const { kind, freeze, truncate, isPartitioned } = action;
  const name = quoteName(action.schema, action.name);
  if (kind === 'analyze') {
    // Before 18, its partitions as well.
    const only = isPartitioned && major >= 18 ? 'ONLY ' : '';
    return `ANALYZE (SKIP_LOCKED) ${only}${name}`;
  }
  const options = [
    'ANALYZE',
    'SKIP_LOCKED',
    ...(freeze ? ['FREEZE'] : []),
    ...(truncate ? [] : ['TRUNCATE false']),
  ];
  return `VACUUM (${options.join(', ')}) ${name}`;
}
