import { expect, test } from '@jest/globals';
import { s3Action } from '../../../../infra/local/gateway/s3-action.ts';

test.each([
  ['GET /', 'ListBuckets'],
  ['PUT /b', 'CreateBucket'],
  ['HEAD /b/', 'HeadBucket'],
  ['DELETE /b', 'DeleteBucket'],
  ['GET /b?list-type=2&prefix=x', 'ListObjectsV2'],
  ['GET /b?prefix=x', 'ListObjects'],
  ['GET /b?versions', 'ListObjectVersions'],
  ['GET /b?uploads', 'ListMultipartUploads'],
  ['POST /b?delete', 'DeleteObjects'],
  ['GET /b?versioning', 'GetBucketVersioning'],
  ['DELETE /b?policy', 'DeleteBucketPolicy'],
  ['PUT /b?lifecycle', 'PutBucketLifecycleConfiguration'],
  ['GET /b/k', 'GetObject'],
  ['GET /b/folder/', 'GetObject'],
  ['HEAD /b/a/b/c', 'HeadObject'],
  ['PUT /b/k?x-id=PutObject', 'PutObject'],
  ['DELETE /b/k?x-id=DeleteObject', 'DeleteObject'],
  ['GET /b/k?attributes', 'GetObjectAttributes'],
  ['PUT /b/k?tagging', 'PutObjectTagging'],
  ['PUT /b/k?legal-hold', 'PutObjectLegalHold'],
  ['POST /b/k?restore', 'RestoreObject'],
  ['POST /b/k?uploads', 'CreateMultipartUpload'],
  ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['GET /b/k?uploadId=u', 'ListParts'],
  ['POST /b/k?uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE /b/k?uploadId=u', 'AbortMultipartUpload'],
])('%s is %s', (request, action) => {
  const [method = '', target = ''] = request.split(' ');
  const { pathname, searchParams } = new URL(target, 'http://s3');
  expect(s3Action({ method, path: pathname, query: searchParams, copies: false })).toBe(action);
});

test('a copy source makes a put a copy', () => {
  const copy = { method: 'PUT', path: '/b/k', copies: true };
  expect(s3Action({ ...copy, query: new URLSearchParams() })).toBe('CopyObject');
  expect(s3Action({ ...copy, query: new URLSearchParams('partNumber=1&uploadId=u') })).toBe('UploadPartCopy');
});
