import { ConfigError } from '../../shared/job/errors.ts';

/** As much of a template as AWS counts. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Of CloudFormation, for one stack: nobody can have it raised. */
const mostResources = 500;
/** CloudFormation takes a template of a megabyte. */
const mostBytes = 1_000_000;

/** Where a resource says its name, and how long AWS lets it be. */
const names: Readonly<Record<string, { readonly property: string; readonly longest: number }>> = {
  'AWS::CloudWatch::Alarm': { property: 'AlarmName', longest: 255 },
  'AWS::CloudWatch::CompositeAlarm': { property: 'AlarmName', longest: 255 },
  'AWS::DynamoDB::Table': { property: 'TableName', longest: 255 },
  'AWS::Events::Rule': { property: 'Name', longest: 64 },
  'AWS::IAM::Role': { property: 'RoleName', longest: 64 },
  'AWS::Lambda::Function': { property: 'FunctionName', longest: 64 },
  'AWS::RDS::DBParameterGroup': { property: 'DBParameterGroupName', longest: 255 },
  'AWS::RDS::DBSubnetGroup': { property: 'DBSubnetGroupName', longest: 255 },
  'AWS::Scheduler::Schedule': { property: 'Name', longest: 64 },
  'AWS::Scheduler::ScheduleGroup': { property: 'Name', longest: 64 },
  'AWS::SNS::Topic': { property: 'TopicName', longest: 256 },
  'AWS::SQS::Queue': { property: 'QueueName', longest: 80 },
};

/** Throws ConfigError, with all that is wrong, for a stage that AWS would refuse only after everything has been uploaded. */
export function checkTemplate(stage: string, template: Template): void {
  const faults = [...sizeFaults(template), ...nameFaults(Object.values(template.Resources))];
  if (faults.length === 0) return;
  const lines = faults.map((fault) => `  - ${fault}`).join('\n');
  throw new ConfigError(`AWS would refuse the template of the stage "${stage}":\n${lines}`);
}

function sizeFaults(template: Template): string[] {
  const count = Object.keys(template.Resources).length;
  const bytes = Buffer.byteLength(JSON.stringify(template));
  const tooMuch = (has: string, most: number) =>
    `it has ${has}, and CloudFormation takes ${most}. Each database brings some forty resources, most of them alarms: let some databases be of another stage, or say null for alarms that nobody needs`;
  return [
    ...(count > mostResources ? [tooMuch(`${count} resources`, mostResources)] : []),
    ...(bytes > mostBytes ? [tooMuch(`${bytes} bytes`, mostBytes)] : []),
  ];
}

function nameFaults(resources: readonly TemplateResource[]): string[] {
  const named = resources.flatMap(({ Type, Properties = {} }) => {
    const { property, longest } = names[Type] ?? { property: '', longest: 0 };
    const name = Properties[property];
    // Alarms of both kinds have their names from one space.
    const kind = Type.replace('Composite', '');
    return typeof name === 'string' ? [{ name, kind, longest }] : [];
  });
  const tooLong = named.filter(({ name, longest }) => name.length > longest);
  const same = named.filter(
    ({ name, kind }, at) => named.findIndex((one) => one.name === name && one.kind === kind) !== at,
  );
  return [
    ...tooLong.map(
      ({ name, kind, longest }) =>
        `${kind} takes names of ${longest} letters: ${name} has ${name.length}. Call the stage, the database or the sink something shorter`,
    ),
    ...same.map(
      ({ name, kind }) => `two of ${kind} would be called ${name}: call one of the databases otherwise`,
    ),
  ];
}
