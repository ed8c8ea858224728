import { AwsFault, LOCAL_ACCOUNT } from '../gateway/service.ts';
import type { RdsContext } from './context.ts';

const KEY_ID = /^(mrk-)?[0-9a-f-]{32,36}$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key\/[\w-]+|alias\/[\w/-]+)$/;
const ALIAS = /^alias\/[\w/-]+$/;

/**
 * The ARN of a key given by id, ARN or alias. Throws `KMSKeyNotAccessibleFault` when it cannot be one, when denial
 * is on order, and for keys of AWS itself where `ownKey` asks for one that the account manages.
 */
export function checkKmsKey(rds: RdsContext, region: string, key: string, ownKey = false): string {
  const wellFormed = KEY_ID.test(key) || KEY_ARN.test(key) || ALIAS.test(key);
  const isOfAws = /(^|:)alias\/aws\//.test(key);
  const arn = key.startsWith('arn:')
    ? key
    : `arn:aws:kms:${region}:${LOCAL_ACCOUNT}:${key.startsWith('alias/') ? key : `key/${key}`}`;
  const names = [key, arn, arn.split(':').slice(5).join(':'), arn.split(':key/')[1] ?? key];
  if (!wellFormed || (ownKey && isOfAws) || rds.faults.take('kms-denied', ...names)) {
    throw new AwsFault(
      'KMSKeyNotAccessibleFault',
      `The specified KMS key [${key}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  }
  return arn;
}
