import { ConfigError } from '../../shared/job/errors.ts';

/** As much of a template as AWS counts. */
interface Counted {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

/** Of CloudFormation, for one stack: nobody can have it raised. */
const mostResources = 500;
/** CloudFormation takes a template of a megabyte. */
const mostBytes = 1_000_000;

/** Throws ConfigError for a stage that AWS would refuse only after everything has been uploaded. */
export function checkTemplate(stage: string, template: Counted): void {
  const count = Object.keys(template.Resources).length;
  const bytes = Buffer.byteLength(JSON.stringify(template));
  if (count > mostResources) throw tooMuch(stage, `${count} resources`, `${mostResources}`);
  if (bytes > mostBytes) throw tooMuch(stage, `${bytes} bytes`, `${mostBytes}`);
}

function tooMuch(stage: string, has: string, most: string): ConfigError {
  return new ConfigError(
    `The template of the stage "${stage}" has ${has}, and CloudFormation takes ${most}. Each database brings some forty resources, most of them alarms: let some databases be of another stage, or say null for alarms that nobody needs.`,
  );
}
