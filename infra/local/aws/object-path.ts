import { join } from 'node:path';

/**
 * Where the bytes of an object lie on disk. fauxqs's layout, below its folder:
 *
 *     buckets/<bucket>/.bucket.json                the bucket itself
 *     buckets/<bucket>/objects/<key>.data          the object's bytes, exactly as uploaded
 *     buckets/<bucket>/objects/<key>.meta.json     key, ETag, type, metadata, checksums
 *     _multipart/                                  parts of uploads that are not complete
 *
 * A `/` of the key is a folder; `< > : " | ? * \ %` and control characters are percent-encoded in lower case.
 */
export function objectPath(s3Folder: string, bucket: string, key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what fauxqs encodes.
  const encoded = key.replace(/[<>:"|?*\\%\x00-\x1f]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `${join(s3Folder, 'buckets', bucket, 'objects', ...encoded.split('/'))}.data`;
}
