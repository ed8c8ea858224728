import * as z from 'zod/mini';
import { explained } from '../aws/explain.ts';
import type { DatabaseConfig } from '../config/schema.ts';
import { ConfigError } from '../job/errors.ts';
import type { Address } from './address.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** As RDS and Secrets Manager's rotation write it; anything else in it is ignored. */
const secretSchema = z.object({
  username: z.string().check(z.minLength(1)),
  password: z.string().check(z.minLength(1)),
});

/**
 * Fetches what a connection signs in with, anew each time: tokens live for 15 minutes and secrets rotate.
 * Throws ConfigError, which never quotes the secret.
 */
export async function fetchCredentials(
  auth: DatabaseConfig['auth'],
  address: Address,
  region: string,
): Promise<Credentials> {
  switch (auth.kind) {
    case 'iam':
      return { user: auth.user, password: await iamToken(auth.user, address, region) };
    case 'secret':
      return readSecret(auth.secretId, region);
  }
}

async function iamToken(user: string, { host, port }: Address, region: string): Promise<string> {
  const { Signer } = await import('@aws-sdk/rds-signer');
  return new Signer({ hostname: host, port, username: user, region }).getAuthToken();
}

async function readSecret(secretId: string, region: string): Promise<Credentials> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region, retryMode: 'adaptive', maxAttempts: 8 });
  try {
    const { SecretString } = await explained(`Reading the secret ${secretId}`, () =>
      client.send(new GetSecretValueCommand({ SecretId: secretId })),
    );
    return parseSecret(secretId, SecretString ?? '');
  } finally {
    client.destroy();
  }
}

function parseSecret(secretId: string, text: string): Credentials {
  const parsed = secretSchema.safeParse(parseJson(text));
  if (parsed.success) return { user: parsed.data.username, password: parsed.data.password };
  throw new ConfigError(
    `The secret ${secretId} does not hold what was expected: a JSON object with "username" and "password", as RDS writes it.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the secret; the schema refuses undefined with a message of its own.
    return undefined;
  }
}
