/** One POST, complete: whoever sends it adds nothing. */
export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Answer =
  /** `text` is the beginning of the body, as far as it came. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | null;
      readonly text: string;
    }
  | { readonly kind: 'unanswered'; readonly reason: string };

const timeoutMs = 10_000;
const mostRedirects = 3;
/** Slack repeats the message in its answer, with six bytes for each letter that is not ASCII; nobody answers more. */
const mostAnswerBytes = 256 * 1_024;

/** Sends it and waits ten seconds at most. Never throws; what it answers holds nothing of the address. */
export async function post(request: HttpRequest): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  let { url } = request;
  for (let redirects = 0; ; redirects++) {
    const response = await send({ ...request, url }, signal);
    if ('reason' in response) return { kind: 'unanswered', reason: response.reason };
    const next = redirects < mostRedirects ? sameHost(url, response) : null;
    if (next === null) return await read(response);
    // What cannot be cancelled any more has ended by itself.
    await response.body?.cancel().catch(() => undefined);
    url = next;
  }
}

async function send(
  { url, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<Response | { reason: string }> {
  try {
    return await fetch(url, {
      method: 'POST',
      // A function sleeps between pages: a connection that was kept may be gone without its knowing.
      headers: { 'user-agent': 'Nightshift', connection: 'close', ...headers },
      body,
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    return { reason: describeFailure(error) };
  }
}

/** Where a redirection leads that keeps method and host; null for every other answer. */
function sameHost(from: string, { status, headers }: Response): string | null {
  const location = headers.get('location');
  if ((status !== 307 && status !== 308) || location === null || !URL.canParse(location, from)) return null;
  const to = new URL(location, from);
  // fetch takes no address with a user in it.
  if (to.username !== '' || to.password !== '') return null;
  return to.origin === new URL(from).origin ? to.href : null;
}

async function read(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return {
    kind: 'answered',
    status,
    retryAfter: headers.get('retry-after'),
    text: await beginning(response),
  };
}

async function beginning({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Leaving the loop cancels the rest.
    for await (const part of body ?? []) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= mostAnswerBytes) break;
    }
  } catch {
    // It broke off or took too long: the status stands, and what came may say enough.
  }
  return Buffer.concat(parts).subarray(0, mostAnswerBytes).toString('utf8');
}

/** By codes alone: the messages of fetch and of its causes quote the address, which is a secret. */
function describeFailure(error: unknown): string {
  const names = [error, (error as { cause?: unknown } | undefined)?.cause].map(nameOf);
  if (names.includes('TimeoutError')) return `no answer within ${timeoutMs / 1_000} s`;
  return `the connection failed (${names.findLast((name) => name !== null) ?? 'unknown'})`;
}

function nameOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const word = typeof code === 'string' ? code : String(name);
  return /^\w{1,60}$/.test(word) ? word : 'Error';
}
