import { expect, test } from '@jest/globals';
import { credentialScope } from '../../../../infra/local/gateway/credential-scope.ts';

const none = new URLSearchParams();
const scope = { accessKeyId: 'AKID', region: 'us-west-1', service: 'rds' };

test('the scope is read from the header', () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-west-1/rds/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab';
  expect(credentialScope({ authorization }, none)).toEqual(scope);
});

test('the scope of a presigned URL is read from its query', () => {
  const query = new URLSearchParams('X-Amz-Credential=AKID%2F20260102%2Fus-west-1%2Frds%2Faws4_request');
  expect(credentialScope({}, query)).toEqual(scope);
});

test.each([
  ['no signature', undefined],
  ['another scheme', 'Basic dXNlcjpwYXNz'],
  ['a scope cut short', 'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-west-1/rds, Signature=ab'],
  ['an empty region', 'AWS4-HMAC-SHA256 Credential=AKID/20260102//rds/aws4_request, Signature=ab'],
])('%s has no scope', (_name, authorization) => {
  expect(credentialScope(authorization ? { authorization } : {}, none)).toBeUndefined();
});
