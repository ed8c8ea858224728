import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Changes objects of a bucket for as long as a piece of work takes, and puts everything back afterwards. */
export function damagedObjects(s3: S3Client, bucket: string) {
  async function read(key: string): Promise<Buffer> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async function write(key: string, bytes: Uint8Array | string | null): Promise<void> {
    if (bytes === null) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    else await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
  }

  return {
    read,
    write,
    /** `change` answers what lies there instead; null for nothing. Null comes in for a key that is not there yet. */
    async during<T>(
      key: string,
      change: (bytes: Buffer) => Uint8Array | string | null,
      work: () => Promise<T>,
    ): Promise<T> {
      const before = await read(key).catch(() => null);
      await write(key, change(before ?? Buffer.alloc(0)));
      try {
        return await work();
      } finally {
        await write(key, before);
      }
    },
  };
}

/** In three places: one byte alone may be of a header that nobody reads. */
export function flippedAlong(bytes: Buffer): Buffer {
  return [1, 2, 3].reduce((changed, part) => flipped(changed, Math.floor((bytes.length * part) / 4)), bytes);
}

/** One bit, in the middle. */
export function flipped(bytes: Buffer, at = Math.floor(bytes.length / 2)): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 0x10;
  return changed;
}
