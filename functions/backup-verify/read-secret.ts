import { hasName } from '../../shared/aws/errors.ts';

/** Whether there is a secret of that name in the region, without opening it; `deletedAt` where its deletion is under way. */
export async function readSecret(
  region: string,
  secretId: string,
): Promise<{ deletedAt: string | null } | null> {
  const { DescribeSecretCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region, retryMode: 'adaptive', maxAttempts: 8 });
  try {
    const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
    return { deletedAt: DeletedDate?.toISOString() ?? null };
  } catch (error) {
    if (hasName(error, 'ResourceNotFoundException')) return null;
    throw error;
  } finally {
    client.destroy();
  }
}
