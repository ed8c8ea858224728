import { AwsFault, type StreamedService } from '../gateway/service.ts';
import { ConditionalWrites } from './conditional-write.ts';

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
  const conditionalWrites = new ConditionalWrites(port);
  return {
    name: 's3',
    port,
    async admit(request) {
      if (IMPLEMENTED.has(request.action)) return conditionalWrites.begin(request);
      throw new AwsFault('NotImplemented', `The embedded stack's S3 does not know ${request.action}.`, 501);
    },
  };
}
