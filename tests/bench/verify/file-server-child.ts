import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** S3 as far as reading an export needs it, from a folder, with whatever checksums it is told to send along. */
const [folder = ''] = process.argv.slice(2);
const checksums = new Map<string, string>();
let sentBytes = 0;

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => response.destroy(error as Error));
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (order: { readonly checksums?: Record<string, string>; readonly sent?: true }) => {
  for (const [key, value] of Object.entries(order.checksums ?? {})) checksums.set(key, value);
  if (order.sent) process.send?.({ sentBytes });
});
process.once('disconnect', () => process.exit());

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://s3');
  const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
  if (url.searchParams.has('list-type')) return list(response, url.searchParams.get('prefix') ?? '');
  if (request.method === 'PUT') {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), await buffer(request));
    response.end();
    return;
  }
  const size = await stat(join(folder, key)).then((found) => found.size, missing);
  if (size === undefined) {
    response.statusCode = 404;
    response.end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const crc64 = checksums.get(key);
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  if (crc64 && from === undefined)
    response.setHeader('x-amz-checksum-crc64nvme', crc64.replace('crc64nvme:', ''));
  const [start, end] = from === undefined ? [0, size - 1] : [Number(from), Math.min(Number(to), size - 1)];
  response.statusCode = from === undefined ? 200 : 206;
  response.setHeader('content-length', end - start + 1);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  sentBytes += end - start + 1;
  await pipeline(createReadStream(join(folder, key), { start, end, highWaterMark: 1 << 20 }), response);
}

function missing(): undefined {
  return undefined;
}

async function list(response: ServerResponse, prefix: string): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const keys = files.map((path) => path.slice(folder.length + 1)).filter((key) => key.startsWith(prefix));
  const contents = await Promise.all(
    keys.sort().map(async (key) => {
      const { size, mtime } = await stat(join(folder, key));
      return `<Contents><Key>${key}</Key><Size>${size}</Size><LastModified>${mtime.toISOString()}</LastModified></Contents>`;
    }),
  );
  const text = `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  sentBytes += text.length;
  response.end(text);
}
