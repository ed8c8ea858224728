import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';

export interface StoredText {
  readonly text: string;
  readonly lastModified: Date;
}

export interface SeenRequest {
  readonly method: string;
  readonly key: string;
  readonly headers: IncomingMessage['headers'];
}

/** Looks at a write before it is carried out; what it returns instead of undefined is answered as an error. */
export type PutHook = (key: string) => Promise<PutFault | undefined>;

/** `lost`: the write is carried out, and the connection ends without an answer. */
export type PutFault = 'lost' | { readonly status: number; readonly code: string };

/** A bucket that honours `If-None-Match: *`, as S3 does and the embedded one does not, and keeps every request. */
export class ConditionalS3 {
  readonly objects = new Map<string, StoredText>();
  readonly requests: SeenRequest[] = [];
  beforePut: PutHook = async () => undefined;
  pageSize = 1_000;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  #client: S3Client | undefined;

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

  reset(): void {
    this.objects.clear();
    this.requests.length = 0;
    this.beforePut = async () => undefined;
    this.pageSize = 1_000;
  }

  put(key: string, text: string, lastModified = new Date()): void {
    this.objects.set(key, { text, lastModified });
  }

  /** How often this was asked for. */
  count(method: string): number {
    return this.requests.filter((request) => request.method === method).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    const body = await buffer(request);
    this.requests.push({ method: request.method ?? '', key, headers: request.headers });
    if (url.searchParams.has('list-type')) return void response.end(this.#list(url.searchParams));
    if (request.method === 'PUT') return this.#put(request, response, key, body.toString('utf8'));
    const found = this.objects.get(key);
    if (!found) return refuse(response, 404, 'NoSuchKey');
    response.end(found.text);
  }

  async #put(request: IncomingMessage, response: ServerResponse, key: string, text: string): Promise<void> {
    const fault = await this.beforePut(key);
    if (fault && fault !== 'lost') return refuse(response, fault.status, fault.code);
    const mustBeNew = request.headers['if-none-match'] === '*';
    if (mustBeNew && this.objects.has(key)) return refuse(response, 412, 'PreconditionFailed');
    this.put(key, text);
    if (fault === 'lost') return void request.socket.destroy();
    response.end();
  }

  #list(query: URLSearchParams): string {
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
      .sort();
    const page = keys.slice(0, this.pageSize);
    const more = keys.length > page.length;
    const contents = page.map((key) => {
      const { text, lastModified } = this.objects.get(key) ?? { text: '', lastModified: new Date() };
      return `<Contents><Key>${key}</Key><Size>${text.length}</Size><LastModified>${lastModified.toISOString()}</LastModified></Contents>`;
    });
    const token = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`;
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.statusCode = status;
  response.end(`<Error><Code>${code}</Code><Message>ordered by the test</Message></Error>`);
}
