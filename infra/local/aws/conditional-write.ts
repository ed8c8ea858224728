import type { IncomingHttpHeaders } from 'node:http';
import { AwsFault, type StreamedRequest } from '../gateway/service.ts';

const CONDITIONAL_ACTIONS = new Set(['PutObject', 'CompleteMultipartUpload']);

/** Ends a write's hold on its key. */
export type Release = () => void;

/**
 * S3's conditional writes, of which fauxqs knows nothing: `If-None-Match: *` and `If-Match: <ETag>`. Of several such
 * writes to one key at once the second waits for the first, and then sees what it wrote.
 */
export class ConditionalWrites {
  readonly #port: number;
  readonly #lastOfKey = new Map<string, Promise<void>>();

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when the write may go ahead; throws AwsFault PreconditionFailed (412) or NoSuchKey (404) when not. */
  async begin({ action, path, headers }: StreamedRequest): Promise<Release> {
    if (!CONDITIONAL_ACTIONS.has(action) || !isConditional(headers)) return () => undefined;
    const { promise: ended, resolve: release } = Promise.withResolvers<void>();
    const before = this.#lastOfKey.get(path);
    const last = ended.then(() => {
      if (this.#lastOfKey.get(path) === last) this.#lastOfKey.delete(path);
    });
    this.#lastOfKey.set(path, last);
    await before;
    try {
      refuseUnlessMet(headers, await this.#etag(path));
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  async #etag(path: string): Promise<string | undefined> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, { method: 'HEAD' });
    return answer.ok ? (answer.headers.get('etag') ?? '') : undefined;
  }
}

function isConditional(headers: IncomingHttpHeaders): boolean {
  return headers['if-none-match'] !== undefined || headers['if-match'] !== undefined;
}

function refuseUnlessMet(headers: IncomingHttpHeaders, etag: string | undefined): void {
  const wanted = headers['if-match'];
  if (wanted !== undefined && etag === undefined) {
    throw new AwsFault('NoSuchKey', 'The specified key does not exist.', 404);
  }
  const isMet = wanted === undefined ? etag === undefined : unquoted(wanted) === unquoted(etag ?? '');
  if (isMet) return;
  const message = 'At least one of the pre-conditions you specified did not hold';
  throw new AwsFault('PreconditionFailed', message, 412);
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
