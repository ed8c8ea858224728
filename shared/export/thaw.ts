import { HeadObjectCommand, RestoreObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { hasName } from '../aws/errors.ts';
import { explainAwsError, explained } from '../aws/explain.ts';
import { mapAtOnce } from '../job/at-once.ts';

/** How fast Glacier is asked to be, dearest first: minutes, some 3 to 5 hours, some 5 to 12. */
export const thawTiers = ['Expedited', 'Standard', 'Bulk'] as const;
export type ThawTier = (typeof thawTiers)[number];

export interface Thawing {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly tier: ThawTier;
  /** How long the thawed copies stay. */
  readonly days: number;
  readonly lookEverySeconds: number;
  readonly sleep: (seconds: number) => Promise<void>;
  readonly onProgress?: (thawed: number, of: number) => void;
}

/**
 * Asks Glacier for copies that can be read, and waits for all of them. What was asked for before is not asked for again:
 * S3 itself remembers it, so that whoever was interrupted goes on.
 */
export async function thawFiles(thawing: Thawing, keys: readonly string[]): Promise<void> {
  let frozen = keys;
  for (;;) {
    const states = await mapAtOnce(frozen, 16, async (key) => ({
      key,
      thawed: await isThawed(thawing, key),
    }));
    frozen = states.filter(({ thawed }) => !thawed).map(({ key }) => key);
    thawing.onProgress?.(keys.length - frozen.length, keys.length);
    if (frozen.length === 0) return;
    await thawing.sleep(thawing.lookEverySeconds);
  }
}

const frozenClasses: readonly (string | undefined)[] = ['GLACIER', 'DEEP_ARCHIVE'];

/** Looks at one file, and asks for it where nobody has. */
async function isThawed(thawing: Thawing, key: string): Promise<boolean> {
  const { s3, bucket } = thawing;
  const { StorageClass, Restore } = await explained(`Looking at s3://${bucket}/${key}`, () =>
    s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),
  );
  if (!frozenClasses.includes(StorageClass)) return true;
  // `ongoing-request="false", expiry-date="…"` once the copy is there.
  if (Restore !== undefined) return Restore.includes('ongoing-request="false"');
  return askFor(thawing, key);
}

/** True where it turns out that there is nothing to thaw. */
async function askFor({ s3, bucket, tier, days }: Thawing, key: string): Promise<boolean> {
  try {
    await s3.send(
      new RestoreObjectCommand({
        Bucket: bucket,
        Key: key,
        RestoreRequest: { Days: days, GlacierJobParameters: { Tier: tier } },
      }),
    );
    return false;
  } catch (error) {
    if (hasName(error, 'RestoreAlreadyInProgress')) return false;
    if (hasName(error, 'ObjectAlreadyInActiveTierError')) return true;
    throw explainAwsError(`Thawing s3://${bucket}/${key} (${tier})`, error);
  }
}
