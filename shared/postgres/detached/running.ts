import type { Client } from 'pg';

export interface RunningStatement {
  readonly pid: number;
  /** UTC, ISO 8601. */
  readonly beganAt: string;
  /** The lock that it waits for and who holds it, in words; null while it works. */
  readonly waitingFor: string | null;
}

/** Which of these names are at work now, in this database and as this user. */
export async function findRunning(
  client: Client,
  names: readonly string[],
): Promise<Map<string, RunningStatement>> {
  throw new Error(`not yet: ${names.length} ${String(client)}`);
}
