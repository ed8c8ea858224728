import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { judgeListing } from '../../../../shared/export/judge-listing.ts';
import { judgeSample } from '../../../../shared/export/judge-sample.ts';
import { manifestOf } from '../../../support/export-manifest.ts';

/** Asked for nothing, it must not be asked. */
const s3 = {
  send: () => Promise.reject(new Error('Nothing was to be asked of S3.')),
} as unknown as S3Client;

test('a sample in which there was nothing to decode, and no checksum to compare, proves nothing', async () => {
  const empty = { key: 'a', sizeBytes: 300, rowGroups: 0 };
  const findings = await judgeSample({ s3, bucket: 'b' }, manifestOf([]), [empty], 20);
  expect(findings.map(({ check, status }) => [check, status])).toEqual([
    ['export sample', 'no baseline'],
    ['export checksums', 'no baseline'],
  ]);
});

test('the command that lists earlier versions names the bucket, without which it is refused', () => {
  const missing = manifestOf([{ key: 'exports/e/x.parquet', bytes: 1, rows: 1, checksum: null }]);
  expect(judgeListing(missing, [], 'shop-backups')[0]?.advice).toContain(
    '`aws s3api list-object-versions --bucket shop-backups --prefix KEY`',
  );
});
