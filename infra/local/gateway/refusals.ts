import { AwsFault } from './service.ts';

export function internalFailure(place: string, error: unknown): AwsFault {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AwsFault(
    'InternalFailure',
    `A fault of the embedded stack itself, in the ${place}: ${detail}`,
    500,
  );
}

export function unsigned(): AwsFault {
  return new AwsFault(
    'MissingAuthenticationToken',
    'The request carries no AWS signature. Any credentials will do: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    403,
  );
}

export function unknownService(name: string, known: readonly string[]): AwsFault {
  return new AwsFault(
    'UnknownService',
    `The embedded stack has no service '${name}'; it has ${known.toSorted().join(', ')}.`,
    400,
  );
}
