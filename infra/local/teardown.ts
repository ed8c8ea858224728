type Close = () => Promise<void>;

/** What has been started and must end again, in reverse order. */
export class Teardown {
  readonly #closers: { readonly part: string; readonly close: Close }[] = [];
  #done: Promise<void> | undefined;

  add(part: string, close: Close): void {
    this.#closers.push({ part, close });
  }

  /** Ends every part, also when one of them fails to; may be called again. Rejects with all failures together. */
  run(): Promise<void> {
    this.#done ??= this.#runOnce();
    return this.#done;
  }

  async #runOnce(): Promise<void> {
    const failures: Error[] = [];
    for (const { part, close } of this.#closers.toReversed()) {
      try {
        await close();
      } catch (cause) {
        failures.push(new Error(`Stopping the stack's ${part} failed`, { cause }));
      }
    }
    if (failures.length > 0) {
      const parts = failures.map(({ message, cause }) => `${message}: ${cause}`).join('; ');
      throw new AggregateError(failures, parts);
    }
  }
}
