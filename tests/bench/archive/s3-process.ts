import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';

export interface S3Process {
  readonly endpoint: string;
  readonly s3: S3Client;
  stop(): Promise<void>;
}

export function s3ClientOf(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

/** An S3 in a process of its own, as it is on machines of its own: what it does is not counted as work of the job. */
export async function startS3Process(bucket: string): Promise<S3Process> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'));
  const child = fork(new URL('./s3-process-child.ts', import.meta.url), [folder, bucket]);
  const [port] = (await once(child, 'message')) as [number];
  const endpoint = `http://127.0.0.1:${port}`;
  const s3 = s3ClientOf(endpoint);
  return {
    endpoint,
    s3,
    stop: async () => {
      s3.destroy();
      // One that somebody has ended before tells of it no more.
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      await rm(folder, { recursive: true });
    },
  };
}
