import { once, setMaxListeners } from 'node:events';

/** The states in which a restore can end badly. */
export const BAD_RESTORE_ENDS = [
  'incompatible-restore',
  'incompatible-parameters',
  'incompatible-network',
  'restore-error',
  'insufficient-capacity',
  'storage-full',
  'failed',
  'inaccessible-encryption-credentials',
] as const;
export type BadRestoreEnd = (typeof BAD_RESTORE_ENDS)[number];

export type RdsFault =
  | { readonly kind: 'export-fails'; readonly cause: string }
  | { readonly kind: 'export-warns'; readonly warningMessage: string }
  | { readonly kind: 'export-is-cancelled' | 'export-sticks' }
  | { readonly kind: 'kms-denied' }
  | {
      readonly kind: 'call-refused';
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
    }
  | { readonly kind: 'snapshot-fails' | 'snapshot-sticks' }
  | { readonly kind: 'copy-fails' | 'copy-sticks' }
  | { readonly kind: 'restore-ends'; readonly status: BadRestoreEnd }
  | { readonly kind: 'restore-sticks' };

export type FaultKind = RdsFault['kind'];

/** Which operations a fault meets: those on `identifier` (any when absent), the next `times` (one when absent). */
export interface FaultScope {
  /** The new snapshot, copy or instance; for an export its task or its snapshot; for `kms-denied` the key; for `call-refused` the action. */
  readonly identifier?: string;
  readonly times?: number;
}

/** Misfortunes on order, for tests. */
export interface RdsFaults {
  order(fault: RdsFault & FaultScope): void;
  /** Shows an instance in a status, whatever it does; undefined ends that. */
  setInstanceStatus(identifier: string, status: string | undefined): void;
  /** Lets what sticks go on. */
  release(): void;
  /** Forgets all orders and statuses, and releases. */
  clear(): void;
}

export interface FaultDesk extends RdsFaults {
  /** The first fault of that kind on order for one of these identifiers, used up by one. */
  take<K extends FaultKind>(kind: K, ...identifiers: string[]): Extract<RdsFault, { kind: K }> | undefined;
  instanceStatus(identifier: string): string | undefined;
  /** Waits for a release; throws when `signal` aborts. */
  stick(signal: AbortSignal): Promise<void>;
}

interface Order {
  readonly fault: RdsFault & FaultScope;
  left: number;
}

export function createFaultDesk(): FaultDesk {
  let orders: Order[] = [];
  const statuses = new Map<string, string>();
  const releases = new EventTarget();
  setMaxListeners(0, releases); // one for everything that sticks

  const release = () => {
    releases.dispatchEvent(new Event('release'));
  };
  return {
    order: (fault) => {
      orders.push({ fault, left: fault.times ?? 1 });
    },
    setInstanceStatus: (identifier, status) => {
      if (status === undefined) statuses.delete(identifier);
      else statuses.set(identifier, status);
    },
    instanceStatus: (identifier) => statuses.get(identifier),
    release,
    clear: () => {
      orders = [];
      statuses.clear();
      release();
    },
    take: <K extends FaultKind>(kind: K, ...identifiers: string[]) => {
      const order = orders.find(({ fault }) => fault.kind === kind && isMeant(fault, identifiers));
      if (!order) return undefined;
      order.left -= 1;
      orders = orders.filter(({ left }) => left > 0);
      return order.fault as Extract<RdsFault, { kind: K }>;
    },
    stick: async (signal) => {
      signal.throwIfAborted();
      await once(releases, 'release', { signal });
    },
  };
}

function isMeant({ identifier }: FaultScope, identifiers: readonly string[]): boolean {
  return identifier === undefined || identifiers.includes(identifier);
}
