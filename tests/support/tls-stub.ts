import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

/** How a server answers Postgres' question for TLS: it speaks it, has none, or says nothing. */
export type StubAnswer = { readonly certificate: StubCertificate } | 'no TLS' | 'silence';

export interface StubCertificate {
  readonly cert: string;
  readonly private: string;
}

export interface TlsStub {
  readonly port: number;
  /** Everything that came after the question, once TLS was spoken or refused. */
  readonly received: () => string;
  readonly stop: () => Promise<void>;
}

/** A self-signed certificate for these DNS names. */
export function certificateFor(...names: string[]): Promise<StubCertificate> {
  return generate([{ name: 'commonName', value: names[0] ?? 'none' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    ],
  });
}

/** Listens on 127.0.0.1 as a Postgres server that goes no further than TLS. */
export async function startTlsStub(answer: StubAnswer): Promise<TlsStub> {
  let received = '';
  const sockets = new Set<Socket>();
  const keep = (stream: Socket) => stream.on('data', (data) => (received += data.toString('latin1')));
  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that refuses the certificate resets the connection: that is what is tested.
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (answer === 'silence') return;
      socket.write(answer === 'no TLS' ? 'N' : 'S');
      if (answer === 'no TLS') return void keep(socket);
      const { cert, private: key } = answer.certificate;
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on('error', () => undefined);
      keep(secure);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
