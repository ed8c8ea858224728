import type { IncomingHttpHeaders } from 'node:http';

/** What a SigV4 signature says that it is for; the signature itself is not checked. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** Reads the scope from the Authorization header or, of a presigned URL, from the query; undefined when unsigned. */
export function credentialScope(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): CredentialScope | undefined {
  const inHeader = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const credential = inHeader ?? query.get('X-Amz-Credential');
  if (!credential) return undefined;
  // An access key id holds no slash, but ends are fixed: id/date/region/service/aws4_request.
  const [accessKeyId, , region, service, terminator] = credential.split('/');
  if (!accessKeyId || !region || !service || terminator !== 'aws4_request') return undefined;
  return { accessKeyId, region, service };
}
