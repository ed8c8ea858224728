import type { CallRecord } from './call-log.ts';

/** What goes wrong with a call. A cut `before` has no effect; a cut `after` has it, but its answer is lost. */
export type FaultEffect =
  | { readonly kind: 'throttle'; readonly code?: string }
  | { readonly kind: 'error'; readonly status: 500 | 503 }
  | { readonly kind: 'deny'; readonly message?: string }
  | { readonly kind: 'latency'; readonly milliseconds: number }
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' };

/** Which calls meet the effect; what is left out matches every call. */
export interface FaultOrder {
  readonly effect: FaultEffect;
  readonly service?: string | readonly string[];
  readonly action?: string | readonly string[];
  readonly region?: string;
  /** The share of matching calls, 0 to 1; every one when left out. */
  readonly rate?: number;
  /** Of the random choice by `rate`: the same seed and the same calls meet the same faults. */
  readonly seed?: number;
  /** The fault ends after this many calls have met it. */
  readonly times?: number;
}

/** An order under way, with the number of calls that have met it. */
export interface OrderedFault {
  readonly fired: number;
  cancel(): void;
}

interface Entry {
  readonly order: FaultOrder;
  readonly random: () => number;
  fired: number;
}

/** The faults on order of one gateway. */
export class Faults {
  #entries: Entry[] = [];

  order(order: FaultOrder): OrderedFault {
    const entry: Entry = { order, random: seededRandom(order.seed ?? 1), fired: 0 };
    this.#entries.push(entry);
    return {
      get fired() {
        return entry.fired;
      },
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  clear(): void {
    this.#entries = [];
  }

  /** The effects that this call meets: any latencies, and at most one effect of another kind (the first ordered). */
  take(call: CallRecord): FaultEffect[] {
    const effects: FaultEffect[] = [];
    for (const entry of this.#entries) {
      const { effect } = entry.order;
      const another = effect.kind !== 'latency' && effects.some((taken) => taken.kind !== 'latency');
      if (another || !matches(entry.order, call) || !due(entry)) continue;
      entry.fired += 1;
      effects.push(effect);
    }
    return effects;
  }
}

function due({ order, fired, random }: Entry): boolean {
  if (order.times !== undefined && fired >= order.times) return false;
  return order.rate === undefined || random() < order.rate;
}

function matches(order: FaultOrder, call: CallRecord): boolean {
  return (
    names(order.service, call.service) && names(order.action, call.action) && names(order.region, call.region)
  );
}

function names(wanted: string | readonly string[] | undefined, name: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? wanted === name : wanted.includes(name);
}

/** Mulberry32: numbers in [0, 1) that repeat with the seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
