import type { Client } from 'pg';

/** Cancels the statement of this name, and ends its session where it does not heed that. */
export async function endRunning(
  client: Client,
  name: string,
  { terminateAfterSeconds }: { readonly terminateAfterSeconds: number },
): Promise<'cancelled' | 'terminated' | 'gone'> {
  throw new Error(`not yet: ${name} ${terminateAfterSeconds} ${String(client)}`);
}
