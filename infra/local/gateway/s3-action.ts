interface S3Request {
  readonly method: string;
  /** Path style: `/bucket/key`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly copies: boolean;
}

/** Query parameters that name a part of a bucket or an object, and how the API calls that part. */
const SUBRESOURCES: Readonly<Record<string, string>> = {
  accelerate: 'AccelerateConfiguration',
  acl: 'Acl',
  cors: 'Cors',
  encryption: 'Encryption',
  inventory: 'InventoryConfiguration',
  'legal-hold': 'LegalHold',
  lifecycle: 'LifecycleConfiguration',
  location: 'Location',
  logging: 'Logging',
  metrics: 'MetricsConfiguration',
  notification: 'NotificationConfiguration',
  'object-lock': 'LockConfiguration',
  ownershipControls: 'OwnershipControls',
  policy: 'Policy',
  policyStatus: 'PolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  replication: 'Replication',
  requestPayment: 'RequestPayment',
  retention: 'Retention',
  tagging: 'Tagging',
  torrent: 'Torrent',
  versioning: 'Versioning',
  website: 'Website',
};

const VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete', POST: 'Post' };

/** Names the S3 operation of a REST request, as the API reference does: `PutObject`, `GetBucketVersioning`, … */
export function s3Action(request: S3Request): string {
  const [, bucket = '', ...key] = request.path.split('/');
  if (bucket === '') return 'ListBuckets';
  return key.join('/') === '' ? bucketAction(request) : objectAction(request);
}

function bucketAction({ method, query }: S3Request): string {
  const part = subresource(query);
  if (part) return `${VERBS[method] ?? method}Bucket${part}`;
  if (method === 'GET') {
    if (query.has('versions')) return 'ListObjectVersions';
    if (query.has('uploads')) return 'ListMultipartUploads';
    return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
  }
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : 'PostObject';
  return { PUT: 'CreateBucket', HEAD: 'HeadBucket', DELETE: 'DeleteBucket' }[method] ?? `${method}Bucket`;
}

function objectAction({ method, query, copies }: S3Request): string {
  const part = subresource(query);
  if (part) return `${VERBS[method] ?? method}Object${part}`;
  if (query.has('restore')) return 'RestoreObject';
  if (query.has('select')) return 'SelectObjectContent';
  if (query.has('attributes')) return 'GetObjectAttributes';
  if (query.has('renameObject')) return 'RenameObject';
  if (query.has('uploads')) return 'CreateMultipartUpload';
  if (query.has('uploadId')) return uploadAction(method, copies);
  if (method === 'PUT') return copies ? 'CopyObject' : 'PutObject';
  return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? `${method}Object`;
}

function uploadAction(method: string, copies: boolean): string {
  if (method === 'PUT') return copies ? 'UploadPartCopy' : 'UploadPart';
  const actions: Readonly<Record<string, string>> = {
    GET: 'ListParts',
    POST: 'CompleteMultipartUpload',
    DELETE: 'AbortMultipartUpload',
  };
  return actions[method] ?? `${method}Upload`;
}

function subresource(query: URLSearchParams): string | undefined {
  for (const name of query.keys()) {
    if (Object.hasOwn(SUBRESOURCES, name)) return SUBRESOURCES[name];
  }
  return undefined;
}
