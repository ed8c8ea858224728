import type { MaintenanceWindow } from '../../shared/config/window.ts';
import { describeWindow, windowEnd } from '../../shared/config/window.ts';

export const jobName = 'db-maintenance';

/** In this order: what vacuuming empties is measured after it. */
export const phases = ['vacuum', 'indexes', 'integrity'] as const;
export type Phase = (typeof phases)[number];

interface ActionOf<Kind extends string> {
  readonly kind: Kind;
  /** As `formatTableName` spells it. */
  readonly target: string;
  readonly reason: string;
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly bytes: number;
  readonly expectedSeconds: number | null;
}

export interface VacuumAction extends ActionOf<'vacuum' | 'analyze'> {
  readonly freeze: boolean;
  /** Giving the empty end of a table back needs a lock that readers wait for: in the window alone. */
  readonly truncate: boolean;
  readonly isPartitioned: boolean;
}

export interface RebuildAction extends ActionOf<'rebuild index'> {
  readonly bloatPercent: number;
  readonly method: 'measured' | 'estimated';
}

export type DropAction = ActionOf<'drop leftover'>;

export interface CheckAction extends ActionOf<'check index' | 'check table'> {}

export type Action = VacuumAction | RebuildAction | DropAction | CheckAction;

/** What is not done, and why. */
export interface Untouched {
  readonly kind: 'refuse' | 'postpone';
  readonly target: string;
  readonly reason: string;
  /** The statement or setting that mends it. */
  readonly remedy: string | null;
}

/** What people should know of, and nobody but them should act on. */
export interface Notice {
  readonly kind: 'unused index' | 'duplicate index' | 'invalid index' | 'unmeasured';
  readonly target: string;
  readonly reason: string;
  readonly bytes: number;
  readonly remedy: string | null;
}

export interface PhasePlan {
  readonly actions: readonly Action[];
  readonly untouched: readonly Untouched[];
  readonly notices: readonly Notice[];
}

/** When and on what a phase is planned. */
export interface Planning {
  readonly window: MaintenanceWindow;
  readonly now: Date;
}

export function isInWindow({ window, now }: Planning): boolean {
  return windowEnd(window, now) !== undefined;
}

/** Lets nothing happen outside of the window, and says when that is. */
export function keepToWindow(plan: PhasePlan, planning: Planning): PhasePlan {
  if (isInWindow(planning) || plan.actions.length === 0) return plan;
  const postponed = plan.actions.map(({ kind, target, reason }) => ({
    kind: 'postpone' as const,
    target,
    reason: `${kind}: ${reason}; left for the maintenance window, ${describeWindow(planning.window)}`,
    remedy: null,
  }));
  return { ...plan, actions: [], untouched: [...plan.untouched, ...postponed] };
}

/** `1.2 GB`, `34.0 MB`. */
export function describeBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export const percent = (share: number) => `${Math.round(share * 100)}%`;
