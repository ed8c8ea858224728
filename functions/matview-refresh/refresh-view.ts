import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import type { JudgedView } from './read-evidence.ts';

export interface RefreshOrder {
  readonly slot: string;
  readonly method: 'concurrently' | 'plain';
  readonly limits: { readonly lockMs: number; readonly statementSeconds: number };
}

export type RefreshedView = TableName & JudgedView & { readonly alwaysBecause: string | null };

/**
 * Refreshes a view once in a slot. `running`: the server goes on without us. `before`: this slot has refreshed it
 * already. Throws PostgresError; see isLocked and isRefreshedByAnother.
 */
export async function refreshView(
  _options: ConnectOptions,
  view: RefreshedView,
  _order: RefreshOrder,
  _until: number,
): Promise<'committed' | 'running' | 'before'> {
  throw new Error(`Not there yet: ${view.name}`);
}

/** What became of a refresh that nobody listened to. */
export type RefreshLook =
  | { readonly kind: 'committed'; readonly endedAt: string; readonly rows: string; readonly bytes: string }
  | {
      readonly kind: 'running';
      readonly pid: number;
      readonly beganAt: string;
      readonly waitingFor: string | null;
    }
  | { readonly kind: 'none' };

export async function lookAtRefresh(_client: Client, _viewId: string, _slot: string): Promise<RefreshLook> {
  return { kind: 'none' };
}

/** Whether the view, or a table under it, was locked for longer than the refresh may wait. */
export function isLocked(_error: unknown): boolean {
  return false;
}

/** Whether another session of ours is refreshing this view at this moment. */
export function isRefreshedByAnother(_error: unknown): boolean {
  return false;
}
