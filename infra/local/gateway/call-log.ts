/** One call that the gateway has taken, for tests and for the CLI to show. */
export interface CallRecord {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly at: Date;
  /** The HTTP status of the answer; undefined while it is awaited, and when the connection was cut. */
  status?: number;
  /** The kind of the ordered fault that this call met. */
  fault?: string;
}

/** `before`: nothing has been done yet. `after`: the effect has happened, the answer is not yet on its way. */
export type CallMoment = 'before' | 'after';

/** The call waits for what the listener returns, so that a listener may kill the caller in between. */
export type CallListener = (moment: CallMoment, call: CallRecord) => void | Promise<void>;

const KEPT_CALLS = 10_000;

/** Keeps the newest 10,000 calls and tells the listeners of each. */
export class CallLog {
  readonly calls: CallRecord[] = [];
  readonly #listeners = new Set<CallListener>();

  add(call: CallRecord): CallRecord {
    if (this.calls.length >= KEPT_CALLS) this.calls.shift();
    this.calls.push(call);
    return call;
  }

  /** Returns the function that takes the listener away again. */
  onCall(listener: CallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async tell(moment: CallMoment, call: CallRecord): Promise<void> {
    // A copy: a listener added while another is awaited is not for this call.
    for (const listener of [...this.#listeners]) await listener(moment, call);
  }
}
