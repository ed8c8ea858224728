import type { ListedObject } from '../aws/objects.ts';
import { counted } from '../verify/counted.ts';
import type { Finding } from '../verify/finding.ts';
import { inWords } from './keys-in-words.ts';

const check = 'export storage class';
/** `ObjectSizeGreaterThan` of the bucket's lifecycle rule. */
const smallBytes = 131_072;
/** The lifecycle works once a day, and now and then a day late. */
const lateDays = 2;
const dayMs = 86_400_000;

/** The classes whose objects must be thawed before they can be read. */
const frozenClasses = new Set(['GLACIER', 'DEEP_ARCHIVE']);
export const liesFrozen = ({ storageClass }: ListedObject) => frozenClasses.has(storageClass);

export interface Lifecycle {
  readonly now: Date;
  readonly glacierAfterDays: number;
  readonly bucket: string;
}

/** Whether each file lies where the lifecycle puts a file of its age: Glacier costs less, and takes hours to read from. */
export function judgeStorageClass(
  files: readonly ListedObject[],
  { now, glacierAfterDays, bucket }: Lifecycle,
): Finding[] {
  const ageDays = ({ lastModified }: ListedObject) => (now.getTime() - Date.parse(lastModified)) / dayMs;
  const early = files.filter(
    (file) => liesFrozen(file) && (file.sizeBytes <= smallBytes || ageDays(file) < glacierAfterDays - 1),
  );
  const late = files.filter(
    (file) => !liesFrozen(file) && file.sizeBytes > smallBytes && ageDays(file) > glacierAfterDays + lateDays,
  );
  const limit = `GLACIER after ${glacierAfterDays} days, for files over 128 KiB`;
  const findings = [
    ...tell(early, limit, 'in Glacier before their time, and take hours to be read', earlyAdvice),
    ...tell(late, limit, 'still in a class that costs more than GLACIER', lateAdvice(bucket)),
  ];
  const frozen = files.filter(liesFrozen).length;
  const fact = `Each file (${files.length}) is stored as the lifecycle says for its age (${frozen} in Glacier).`;
  return findings.length > 0 ? findings : [{ check, status: 'pass', fact, limit, advice: null }];
}

const earlyAdvice =
  'Somebody changed the lifecycle of the bucket, or the class of these files: deploy the template of this stage again.';
const lateAdvice = (bucket: string) =>
  `See whether the rule "freeze-exports" of the bucket is there and enabled (\`aws s3api get-bucket-lifecycle-configuration --bucket ${bucket}\`), and deploy the template of this stage again if not.`;

function tell(files: readonly ListedObject[], limit: string, what: string, advice: string): Finding[] {
  if (files.length === 0) return [];
  const names = files.map(({ key, storageClass }) => `${key} (${storageClass})`);
  const fact = `${counted(files.length, 'file is', 'files are')} ${what}: ${inWords(names)}.`;
  return [{ check, status: 'warn', fact, limit, advice }];
}
