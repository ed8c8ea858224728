import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';

export interface FrozenObject {
  readonly storageClass: 'STANDARD' | 'GLACIER' | 'DEEP_ARCHIVE';
  readonly bytes?: Uint8Array;
  /** So many looks after it was asked for, the copy is there; undefined while nobody has asked. */
  looksLeft?: number;
}

export interface GlacierRequest {
  readonly method: string;
  readonly key: string;
  readonly body: string;
}

/**
 * S3 as far as Glacier goes, on the wire, since the embedded one knows no storage classes: head requests, requests to
 * restore, reads (403 InvalidObjectState where frozen) and one listing. Keeps every request.
 */
export class GlacierS3 {
  readonly objects = new Map<string, FrozenObject>();
  readonly requests: GlacierRequest[] = [];
  /** What a request to restore a key is answered with, instead of being taken. */
  readonly restoreFaults = new Map<string, { readonly status: number; readonly code: string }>();
  readonly looksUntilThawed: number;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  #client: S3Client | undefined;

  constructor(looksUntilThawed = 1) {
    this.looksUntilThawed = looksUntilThawed;
  }

  async start(): Promise<S3Client> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    this.#client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    return this.#client;
  }

  async stop(): Promise<void> {
    this.#client?.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  asked(method: string): GlacierRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    const body = (await buffer(request)).toString('utf8');
    this.requests.push({ method: request.method ?? '', key, body });
    if (url.searchParams.has('list-type')) return void response.end(this.#list(url.searchParams));
    const object = this.objects.get(key);
    if (!object) return refuse(response, 404, 'NoSuchKey');
    if (request.method === 'HEAD') return this.#head(response, object);
    if (request.method === 'POST') return this.#restore(response, key, object);
    if (isFrozen(object)) return refuse(response, 403, 'InvalidObjectState');
    this.#read(request, response, object);
  }

  #head(response: ServerResponse, object: FrozenObject): void {
    if (object.storageClass !== 'STANDARD') response.setHeader('x-amz-storage-class', object.storageClass);
    if (object.looksLeft !== undefined) {
      const ongoing = isFrozen(object);
      const until = ongoing ? '' : ', expiry-date="Fri, 21 Dec 2046 00:00:00 GMT"';
      response.setHeader('x-amz-restore', `ongoing-request="${ongoing}"${until}`);
      object.looksLeft -= 1;
    }
    response.end();
  }

  #restore(response: ServerResponse, key: string, object: FrozenObject): void {
    const asked = object.looksLeft !== undefined;
    const fault =
      this.restoreFaults.get(key) ?? (asked ? { status: 409, code: 'RestoreAlreadyInProgress' } : undefined);
    if (fault) {
      refuse(response, fault.status, fault.code);
      return;
    }
    object.looksLeft = this.looksUntilThawed;
    response.statusCode = 202;
    response.end();
  }

  #read(
    request: IncomingMessage,
    response: ServerResponse,
    { bytes = new Uint8Array() }: FrozenObject,
  ): void {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    const isRange = from !== undefined;
    response.statusCode = isRange ? 206 : 200;
    response.end(isRange ? bytes.subarray(Number(from), Number(to) + 1) : bytes);
  }

  #list(query: URLSearchParams): string {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const contents = keys.map((key) => {
      const { storageClass, bytes } = this.objects.get(key) ?? { storageClass: 'STANDARD' };
      return `<Contents><Key>${key}</Key><Size>${bytes?.length ?? 0}</Size><StorageClass>${storageClass}</StorageClass><LastModified>${new Date().toISOString()}</LastModified></Contents>`;
    });
    return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  }
}

function isFrozen({ storageClass, looksLeft }: FrozenObject): boolean {
  return storageClass !== 'STANDARD' && (looksLeft === undefined || looksLeft > 0);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.statusCode = status;
  response.end(`<Error><Code>${code}</Code><Message>ordered by the test</Message></Error>`);
}
