import type { AwsCall, AwsReply, LocalService } from './service.ts';

export interface RelayOptions {
  readonly name: string;
  /** Whoever answers, within this process. */
  readonly answer: (call: AwsCall) => Promise<AwsReply>;
  /** Rewrites the request's body on its way there. */
  readonly outbound: (call: AwsCall) => Buffer;
  /** Rewrites the answer's body on its way back. */
  readonly inbound: (call: AwsCall, body: Buffer) => Buffer;
}

/** A service whose small messages are passed on in another form, with the client's `host` and signature. */
export function relayService({ name, answer, outbound, inbound }: RelayOptions): LocalService {
  return {
    name,
    async handle(call) {
      const { body, ...reply } = await answer({ ...call, body: outbound(call) });
      return { ...reply, body: inbound(call, Buffer.from(body)) };
    },
  };
}
