import { errorName, isTransient } from '../../shared/aws/errors.ts';
import { PreconditionError, ServiceError } from '../../shared/job/errors.ts';
import { once } from '../../shared/job/once.ts';

/** Where the secrets of sinks come from, kept for five minutes. */
export interface Secrets {
  /** `anew`: past what is kept. Throws ServiceError with `transient` where it may be read later, else PreconditionError. */
  read(id: string, anew?: boolean): Promise<string>;
}

const maxAge = 300;
const ssmPrefix = 'ssm:';
/** Of the minute that the function has: a service that hangs must leave enough to tell somebody else. */
const patience = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
};

/** By Secrets Manager, or by SSM for what begins with `ssm:`; the client that nobody asks is never made. */
export function secretsOf(region: string): Secrets {
  const clientConfig = { region, ...patience };
  const manager = once(async () => {
    const { SecretsProvider } = await import('@aws-lambda-powertools/parameters/secrets');
    return new SecretsProvider({ clientConfig });
  });
  const parameters = once(async () => {
    const { SSMProvider } = await import('@aws-lambda-powertools/parameters/ssm');
    return new SSMProvider({ clientConfig });
  });
  const read = async (id: string, forceFetch: boolean) =>
    id.startsWith(ssmPrefix)
      ? (await parameters()).get(id.slice(ssmPrefix.length), { maxAge, forceFetch, decrypt: true })
      : (await manager()).get(id, { maxAge, forceFetch });
  const find = async (id: string, anew: boolean): Promise<string | null> => {
    const value = await read(id, anew).catch((error: unknown) => {
      throw explain(id, error);
    });
    return typeof value === 'string' && value.trim() !== '' ? value : null;
  };
  return {
    read: async (id, anew = false) => {
      // One that was empty is kept as well as any other: it may have been filled since.
      const value = (await find(id, anew)) ?? (anew ? null : await find(id, true));
      if (value !== null) return value;
      throw new PreconditionError(`its secret ${id} is empty, or no text`);
    },
  };
}

/** Powertools wraps what the SDK threw. */
function explain(id: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = `its secret ${id} could not be read (${errorName(cause) || 'unknown'})`;
  if (isTransient(cause)) return new ServiceError(message, { transient: true, cause });
  return new PreconditionError(
    `${message}: see that it exists in this region and that the function may read it`,
    {
      cause,
    },
  );
}
