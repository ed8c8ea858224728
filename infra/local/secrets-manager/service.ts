import { AwsFault, LOCAL_ACCOUNT, type LocalService } from '../gateway/service.ts';

export interface LocalSecret {
  readonly name: string;
  /** Found in each of the stack's regions when left out. */
  readonly region?: string;
  readonly value: string;
}

export interface LocalSecretsManager extends LocalService {
  /** Adds a secret or gives it a new value; resolves its ARN in `region` (`us-east-1` when the secret has none). */
  put(secret: LocalSecret): string;
}

/** Secrets Manager with `GetSecretValue` and `DescribeSecret` alone, by name or ARN; secrets are put in this process. */
export function secretsManager(secrets: readonly LocalSecret[] = []): LocalSecretsManager {
  const kept: LocalSecret[] = [];
  const put = (secret: LocalSecret): string => {
    const old = kept.findIndex((other) => other.name === secret.name && other.region === secret.region);
    if (old >= 0) kept.splice(old, 1);
    kept.push(secret);
    return secretArn(secret.name, secret.region ?? 'us-east-1');
  };
  secrets.forEach(put);
  return {
    name: 'secretsmanager',
    put,
    async handle({ action, region, body }) {
      if (action !== 'GetSecretValue' && action !== 'DescribeSecret') {
        throw new AwsFault(
          'UnknownOperationException',
          `The embedded stack's Secrets Manager does not know ${action}.`,
        );
      }
      const { SecretId: id } = JSON.parse(body.toString('utf8')) as { SecretId?: string };
      const secret = kept.find((one) => (one.region ?? region) === region && isNamed(one, region, id));
      if (!secret) {
        throw new AwsFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({
          ARN: secretArn(secret.name, region),
          Name: secret.name,
          ...(action === 'GetSecretValue' && { SecretString: secret.value }),
          VersionId: '00000000-0000-4000-8000-000000000001',
          VersionStages: ['AWSCURRENT'],
        }),
      };
    },
  };
}

function isNamed(secret: LocalSecret, region: string, id: string | undefined): boolean {
  const arn = secretArn(secret.name, region);
  // The service also takes an ARN without its random end.
  return id === secret.name || id === arn || id === arn.slice(0, -'-LOCAL1'.length);
}

/** The six characters at the end are random on AWS. */
function secretArn(name: string, region: string): string {
  return `arn:aws:secretsmanager:${region}:${LOCAL_ACCOUNT}:secret:${name}-LOCAL1`;
}
