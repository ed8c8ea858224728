import { AwsFault, type StreamedService } from '../gateway/service.ts';

/**
 * What fauxqs implements. Anything else it takes for the plain operation on the same path: `PutObjectTagging` would
 * overwrite the object, `DeleteBucketPolicy` delete the bucket.
 */
const IMPLEMENTED = new Set([
  'ListBuckets',
  'CreateBucket',
  'HeadBucket',
  'DeleteBucket',
  'ListObjects',
  'ListObjectsV2',
  'GetBucketLifecycleConfiguration',
  'PutBucketLifecycleConfiguration',
  'DeleteBucketLifecycleConfiguration',
  'PutObject',
  'CopyObject',
  'GetObject',
  'GetObjectAttributes',
  'HeadObject',
  'RenameObject',
  'DeleteObject',
  'DeleteObjects',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
]);

/** S3 by fauxqs on the given port; other operations are refused with NotImplemented. */
export function s3Service(port: number): StreamedService {
  return {
    name: 's3',
    port,
    check(action) {
      if (IMPLEMENTED.has(action)) return;
      throw new AwsFault('NotImplemented', `The embedded stack's S3 does not know ${action}.`, 501);
    },
  };
}
