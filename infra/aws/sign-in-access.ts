import type { DatabaseConfig } from '../../shared/config/schema.ts';
import { arn, type Statement, type Value, viaService } from './cloudformation.ts';

/** How a function may sign in to its databases: by IAM as the configured users, or by the configured secrets. */
export function signInStatements(databases: readonly Pick<DatabaseConfig, 'auth'>[]): Statement[] {
  const auths = databases.map(({ auth }) => auth);
  const secretIds = auths.flatMap((auth) => (auth.kind === 'secret' ? [auth.secretId] : []));
  return [...userStatements(auths), ...secretStatements(secretIds)];
}

function userStatements(auths: readonly DatabaseConfig['auth'][]): Statement[] {
  const users = distinct(auths.flatMap((auth) => (auth.kind === 'iam' ? [auth.user] : [])));
  if (users.length === 0) return [];
  return [
    {
      Sid: 'SignInAsUsers',
      Effect: 'Allow',
      Action: 'rds-db:connect',
      // The middle is the instance's resource id, which AWS gives out and no config knows.
      Resource: users.map((user) => arn('rds-db', `dbuser:*/${user}`)),
    },
  ];
}

/** Reading secrets, and what they lie under; nothing for none. */
export function secretStatements(secretIds: readonly string[]): Statement[] {
  const ids = distinct(secretIds);
  if (ids.length === 0) return [];
  const secrets = ids.map((id) => secretArn(id));
  return [
    { Sid: 'ReadSecrets', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secrets },
    {
      Sid: 'OpenSecrets',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      // A secret may lie under any key of the account: the key opens these secrets alone, through their service alone.
      Resource: arn('kms', 'key/*'),
      Condition: {
        StringEquals: { 'kms:ViaService': viaService('secretsmanager') },
        StringLike: { 'kms:EncryptionContext:SecretARN': secrets },
      },
    },
  ];
}

/** AWS adds six characters of its own to the name of a secret. */
export function secretArn(secretId: string, region?: string): Value {
  return secretId.startsWith('arn:') ? secretId : arn('secretsmanager', `secret:${secretId}-??????`, region);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
