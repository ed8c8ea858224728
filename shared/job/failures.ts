import { NightshiftError } from './errors.ts';

/** Lets independent parts of a run go on past one that failed, and fails the run at the end with all of them. */
export class Failures {
  readonly #errors: unknown[] = [];

  /** Answers undefined where the work threw. */
  async collect<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#errors.push(error);
      return undefined;
    }
  }

  throwIfAny(): void {
    if (this.#errors.length === 0) return;
    if (this.#errors.length === 1) throw this.#errors[0];
    const messages = this.#errors.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new NightshiftError(`${messages.length} parts of the run failed:\n\n${messages.join('\n\n')}`, {
      cause: new AggregateError(this.#errors),
    });
  }
}
