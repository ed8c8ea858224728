import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** As many as S3 lists at once. */
const pageSize = 1_000;

/**
 * A bucket in memory, for what takes more objects than a test can store: answers lists, heads and reads (ranges as if
 * there were none) and writes, and counts the reads of each key.
 */
export function storedObjects(present: ReadonlyMap<string, string>) {
  const texts = new Map(present);
  const reads = new Map<string, number>();
  const send = async (command: unknown) => {
    if (command instanceof ListObjectsV2Command) return list([...texts.keys()].sort(), command);
    if (command instanceof HeadObjectCommand) return { ETag: '"e"' };
    if (command instanceof GetObjectCommand) {
      const { Key = '' } = command.input;
      reads.set(Key, (reads.get(Key) ?? 0) + 1);
      const text = texts.get(Key);
      if (text === undefined) throw new NoSuchKey({ message: Key, $metadata: {} });
      const bytes = new TextEncoder().encode(text);
      return { Body: { transformToString: async () => text, transformToByteArray: async () => bytes } };
    }
    if (command instanceof PutObjectCommand) {
      texts.set(command.input.Key ?? '', String(command.input.Body));
      return {};
    }
    throw new Error(`Nothing here answers ${String(command)}.`);
  };
  return { s3: { send } as unknown as S3Client, texts, reads };
}

function list(keys: readonly string[], { input }: ListObjectsV2Command) {
  const { Prefix = '', StartAfter = '', ContinuationToken = '' } = input;
  const found = keys.filter((key) => key.startsWith(Prefix) && key > StartAfter && key > ContinuationToken);
  const page = found.slice(0, pageSize);
  return {
    Contents: page.map((Key) => ({ Key, Size: 100, LastModified: new Date(0) })),
    IsTruncated: found.length > pageSize,
    NextContinuationToken: page.at(-1),
  };
}
