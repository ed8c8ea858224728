import * as z from 'zod/mini';
import { isSinkAddress } from '../../../shared/alarm/sink-address.ts';
import { PreconditionError } from '../../../shared/job/errors.ts';

/** What the secrets of sinks must hold. Each throws PreconditionError, which names what was expected and quotes nothing. */

export function addressIn(secret: string): string {
  const address = secret.trim();
  if (isSinkAddress(address)) return address;
  throw unfit('the address of a webhook, which begins with https:// and holds no user and password');
}

/** A token of a bot; nothing that a header does not take. */
export function tokenIn(secret: string): string {
  const token = secret.trim();
  if (/^[\x21-\x7e]{8,512}$/.test(token)) return token;
  throw unfit('the token of a bot, which begins with xoxb-');
}

export function routingKeyIn(secret: string): string {
  const key = secret.trim();
  if (/^[A-Za-z0-9]{32}$/.test(key)) return key;
  throw unfit('a routing key of 32 letters and digits');
}

export function signedAddressIn(secret: string): { readonly url: string; readonly key: string } {
  const parsed = z
    .object({ url: z.string(), key: z.string().check(z.minLength(1)) })
    .safeParse(parseJson(secret));
  if (parsed.success && isSinkAddress(parsed.data.url)) return parsed.data;
  throw unfit('JSON: { "url": "https://…", "key": "…" }, and no user and password in the address');
}

function unfit(expected: string): PreconditionError {
  return new PreconditionError(`its secret does not hold what was expected: ${expected}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the secret.
    return undefined;
  }
}
