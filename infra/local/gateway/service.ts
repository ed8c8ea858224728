import type { IncomingHttpHeaders } from 'node:http';

/** One AWS call as it arrived on the wire, with service and region taken from its signature. */
export interface AwsCall {
  readonly service: string;
  readonly region: string;
  /** `CreateDBSnapshot`, `PutObject`, …: from the query, the target header, or the REST path. */
  readonly action: string;
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

export interface AwsReply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string | Uint8Array;
}

/** A service that answers in this process. `name` is the one in the signature: `rds`, `monitoring`, `secretsmanager`, `lambda`. */
export interface LocalService {
  readonly name: string;
  /** A thrown AwsFault is answered in the service's protocol; anything else thrown is answered with 500. */
  handle(call: AwsCall): Promise<AwsReply>;
}

/** A service in a server of its own, whose bodies may be too large to hold: they are streamed both ways. */
export interface StreamedService {
  readonly name: string;
  readonly port: number;
  /**
   * Resolves when the request may be sent on, and is told when the server has answered it. Throws an AwsFault for what
   * the server would not refuse but get wrong.
   */
  admit(request: StreamedRequest): Promise<() => void>;
}

/** A request to a streamed service, without its body. */
export type StreamedRequest = Pick<AwsCall, 'action' | 'path' | 'headers'>;

/** What a service answers instead of a result; each service writes it in its own protocol. */
export class AwsFault extends Error {
  override readonly name = 'AwsFault';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The account that everything local belongs to: AWS's own example number. */
export const LOCAL_ACCOUNT = '111122223333';
