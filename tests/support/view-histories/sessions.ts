import { Client, type ClientConfig } from 'pg';

/** A client of the application: its statements may fail, as they do in life, and nothing is waited for but them. */
export class AppSession {
  #client: Client | undefined;
  #background: Promise<unknown> | undefined;
  #lastAt = 0;
  readonly #config: ClientConfig;

  constructor(config: ClientConfig) {
    this.#config = { ...config, application_name: 'app', options: '-c lock_timeout=150ms' };
  }

  /** Outside of a transaction, and not at work. */
  get isFree(): boolean {
    return (
      this.#background === undefined &&
      (this.#client === undefined || this.#client.getTransactionStatus() !== 'T')
    );
  }

  /** Has reported all that it did, by the rule of Postgres. */
  get isSettled(): boolean {
    return this.isFree && (this.#client === undefined || Date.now() - this.#lastAt > 15_000);
  }

  get isInTransaction(): boolean {
    return this.#background === undefined && this.#client?.getTransactionStatus() === 'T';
  }

  /** Answers whether it succeeded; a statement that failed in a transaction takes that with it. */
  async run(...statements: readonly string[]): Promise<boolean> {
    try {
      const client = await this.#connected();
      for (const statement of statements) await client.query(statement);
      this.#lastAt = Date.now();
      return true;
    } catch {
      await this.#client?.query('ROLLBACK').catch(() => this.forget());
      return false;
    }
  }

  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await (await this.#connected()).query<Row>(text, values)).rows;
  }

  /** Sends a statement that takes long, and does not wait for its end. */
  async leave(statement: string): Promise<void> {
    const client = await this.#connected();
    this.#background = client.query(statement).catch(() => undefined);
  }

  async copy(table: string, rows: string): Promise<void> {
    const { from } = await import('pg-copy-streams');
    const stream = (await this.#connected()).query(from(`COPY ${table} FROM STDIN`));
    await new Promise((resolve, reject) => {
      stream.on('finish', resolve).on('error', reject);
      stream.end(rows);
    }).catch(() => this.forget());
  }

  /** Ends the session, which reports everything then. */
  async end(): Promise<void> {
    const client = this.#client;
    this.forget();
    await client?.end().catch(() => undefined);
  }

  /** After the server has gone. */
  forget(): void {
    this.#client = undefined;
    this.#background = undefined;
  }

  async #connected(): Promise<Client> {
    this.#lastAt = Date.now();
    if (this.#client) return this.#client;
    const client = new Client(this.#config);
    client.on('error', () => {
      if (this.#client === client) this.forget();
    });
    await client.connect();
    this.#client = client;
    return client;
  }
}
