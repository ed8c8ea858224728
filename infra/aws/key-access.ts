import { ConfigError } from '../../shared/job/errors.ts';
import { arn, type Statement, type Value, viaService } from './cloudformation.ts';

/** Lets RDS use the key that a database's copies lie under in the second region. Throws ConfigError for what names no key. */
export function lendCopyKey(sid: string, region: string, kmsKeyId: string): Statement[] {
  if (kmsKeyId.startsWith('arn:') && kmsKeyId.includes(':key/')) return lendKey(sid, region, kmsKeyId);
  if (kmsKeyId.startsWith('alias/')) {
    // An alias is no resource of a policy: its key is told by the alias that points to it.
    return lendKey(sid, region, arn('kms', 'key/*', region), {
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': kmsKeyId },
    });
  }
  if (/^[0-9a-f-]{36}$|^mrk-[0-9a-f]{32}$/.test(kmsKeyId)) {
    return lendKey(sid, region, arn('kms', `key/${kmsKeyId}`, region));
  }
  throw new ConfigError(
    `copyTo.kmsKeyId "${kmsKeyId}" is none of a key's id, a key's ARN and alias/NAME: give one of these.`,
  );
}

/** Lets RDS use a key in the function's name, and nobody else: to look at it, and to lend it to a service of AWS. */
export function lendKey(
  sid: string,
  region: string,
  key: Value,
  also: Statement['Condition'] = {},
): Statement[] {
  const viaRds = { StringEquals: { 'kms:ViaService': viaService('rds', region) }, ...also };
  return [
    {
      Sid: `${sid}See`,
      Effect: 'Allow',
      Action: 'kms:DescribeKey',
      Resource: key,
      Condition: viaRds,
    },
    {
      Sid: `${sid}Lend`,
      Effect: 'Allow',
      Action: 'kms:CreateGrant',
      Resource: key,
      Condition: { ...viaRds, Bool: { 'kms:GrantIsForAWSResource': true } },
    },
  ];
}
