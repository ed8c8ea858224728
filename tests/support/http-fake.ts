import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a fake does instead of answering as it should. */
export type Misbehaviour =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Takes the request and breaks the connection. */
  | { readonly kind: 'drop' }
  /** Does what it should, and breaks the connection instead of saying so. */
  | { readonly kind: 'take and drop' }
  /** Does what it should, and never says so. */
  | { readonly kind: 'take and hang' }
  /** Does what it should, and says so, after so long: another request may overtake this one. */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** Answers 200, and never ends the body. */
  | { readonly kind: 'slow body' };

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeReply {
  readonly status: number;
  readonly body: string;
}

/** A real server on a free port of this machine that remembers what it was asked, and can be told to misbehave. */
export interface HttpFake {
  readonly origin: string;
  /** Every request that came to its end, also those that were answered badly. */
  readonly requests: readonly FakeRequest[];
  /** The next requests, one each; null for one that is answered as it should be. */
  next(...misbehaviours: readonly (Misbehaviour | null)[]): void;
  /** Every request from now on, as the function chooses by its number; null to behave again. */
  always(choose: ((request: number) => Misbehaviour | null) | null): void;
  /** Refuses connections from now on, or takes them again. */
  down(isDown: boolean): void;
  stop(): Promise<void>;
}

export async function startHttpFake(answer: (request: FakeRequest) => FakeReply): Promise<HttpFake> {
  const requests: FakeRequest[] = [];
  const queue: (Misbehaviour | null)[] = [];
  let choose: ((request: number) => Misbehaviour | null) | null = null;
  let isDown = false;
  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: Buffer.concat(parts).toString('utf8') };
    requests.push(request);
    const misbehaviour = queue.length > 0 ? queue.shift() : choose?.(requests.length);
    if (misbehaviour) misbehave(misbehaviour, response, () => answer(request));
    else reply(response, answer(request));
  });
  server.on('connection', (socket: Socket) => {
    if (isDown) socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    next: (...misbehaviours) => void queue.push(...misbehaviours),
    always: (chooser) => {
      choose = chooser;
    },
    down: (down) => {
      isDown = down;
      if (down) server.closeAllConnections();
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(response: ServerResponse, { status, body }: FakeReply): void {
  response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' });
  response.end(body);
}

function misbehave(misbehaviour: Misbehaviour, response: ServerResponse, take: () => FakeReply): void {
  switch (misbehaviour.kind) {
    case 'answer':
      response.writeHead(misbehaviour.status, { ...misbehaviour.headers });
      response.end(misbehaviour.body ?? '');
      return;
    case 'hang':
      return;
    case 'drop':
      response.socket?.resetAndDestroy();
      return;
    case 'take and drop':
      take();
      response.socket?.resetAndDestroy();
      return;
    case 'take and hang':
      take();
      return;
    case 'late':
      setTimeout(() => reply(response, take()), misbehaviour.milliseconds);
      return;
    case 'slow body':
      response.writeHead(200);
      response.write('{');
  }
}
