import { AwsFault } from '../gateway/service.ts';

const WORDS = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/i;

/** Letters, digits and single hyphens, first a letter, last no hyphen; stored in lower case. */
function check(parameter: string, value: string, longest: number): string {
  if (value.length > longest || !WORDS.test(value)) {
    throw new AwsFault(
      'InvalidParameterValue',
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; ` +
        'must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two ' +
        `consecutive hyphens, and have at most ${longest} characters.`,
    );
  }
  return value.toLowerCase();
}

export const checkSnapshotIdentifier = (parameter: string, value: string) => check(parameter, value, 255);

export const checkInstanceIdentifier = (parameter: string, value: string) => check(parameter, value, 63);

/** Not turned to lower case: the identifier names the export's folder. */
export function checkExportTaskIdentifier(value: string): string {
  check('ExportTaskIdentifier', value, 60);
  return value;
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** `rds:shop-2026-01-02-03-36`: the identifier of an automated snapshot, in UTC. */
export function automatedSnapshotIdentifier(instanceIdentifier: string, at: Date): string {
  const parts = [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()].map(twoDigits);
  return `rds:${instanceIdentifier}-${at.getUTCFullYear()}-${parts.join('-')}`;
}
