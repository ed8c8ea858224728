import { fork } from 'node:child_process';
import { once } from 'node:events';
import { S3Client } from '@aws-sdk/client-s3';

export interface FileServer {
  readonly s3: S3Client;
  /** The bodies of all answers so far. */
  sentBytes(): Promise<number>;
  /** `crc64nvme:…` of objects, which are sent along with them as S3 does. */
  setChecksums(checksums: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

/** An S3 of one bucket in a process of its own, whose objects are the files of a folder. */
export async function startFileServer(folder: string): Promise<FileServer> {
  const child = fork(new URL('./file-server-child.ts', import.meta.url), [folder]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    s3,
    sentBytes: async () => {
      child.send({ sent: true });
      const [{ sentBytes }] = (await once(child, 'message')) as [{ sentBytes: number }];
      return sentBytes;
    },
    setChecksums: (checksums) => void child.send({ checksums }),
    stop: async () => {
      s3.destroy();
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
