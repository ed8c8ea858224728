/** One POST, complete: whoever sends it adds nothing. */
export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Answer =
  /** `text` is the beginning of the body; null where it did not come to its end. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | null;
      readonly text: string | null;
    }
  | { readonly kind: 'unanswered'; readonly reason: string };

const timeoutMs = 10_000;
const mostRedirects = 3;
/** No answer that says something is longer. */
const mostAnswerBytes = 16 * 1_024;

/** Sends it and waits ten seconds at most. Never throws; what it answers holds nothing of the address. */
export async function post(request: HttpRequest): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  let { url } = request;
  for (let redirects = 0; ; redirects++) {
    const response = await send({ ...request, url }, signal);
    if ('reason' in response) return { kind: 'unanswered', reason: response.reason };
    const next = redirects < mostRedirects ? sameHost(url, response) : null;
    if (next === null) return await read(response);
    await response.body?.cancel();
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
  return to.origin === new URL(from).origin ? to.href : null;
}

async function read(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const answered = { kind: 'answered', status, retryAfter: headers.get('retry-after') } as const;
  try {
    return { ...answered, text: await beginning(response) };
  } catch {
    // The status stands, whatever became of the rest: the judge is told that there is none.
    return { ...answered, text: null };
  }
}

async function beginning({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const part of body ?? []) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= mostAnswerBytes) break;
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
  if (!(error instanceof Error)) return null;
  const { code, name } = error as Error & { code?: unknown };
  const word = typeof code === 'string' ? code : name;
  return /^\w{1,60}$/.test(word) ? word : 'Error';
}
