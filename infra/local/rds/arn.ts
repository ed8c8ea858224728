import { AwsFault, LOCAL_ACCOUNT } from '../gateway/service.ts';

export type ArnType = 'db' | 'snapshot' | 'auto-backup';

export interface RdsArn {
  readonly region: string;
  readonly type: ArnType;
  readonly identifier: string;
}

export function formatArn({ region, type, identifier }: RdsArn): string {
  return `arn:aws:rds:${region}:${LOCAL_ACCOUNT}:${type}:${identifier}`;
}

const ARN =
  /^arn:aws[a-z-]*:rds:(?<region>[a-z0-9-]+):(?<account>\d{12}):(?<type>db|snapshot|auto-backup):(?<identifier>.+)$/;

/** Throws `InvalidParameterValue` for what is no ARN of an instance, a snapshot or an automated backup. */
export function parseArn(text: string): RdsArn {
  const { region, account, type, identifier } = ARN.exec(text)?.groups ?? {};
  if (region === undefined || identifier === undefined || account === undefined) {
    throw new AwsFault(
      'InvalidParameterValue',
      `The specified resource name does not match an RDS resource: ${text}`,
    );
  }
  if (account !== LOCAL_ACCOUNT) throw new AwsFault('AccessDenied', `Not authorized to use ${text}.`, 403);
  return { region, type: type as ArnType, identifier: identifier.toLowerCase() };
}

/** An identifier as it is, or the one inside an ARN of that type and region. */
export function identifierIn(text: string, type: ArnType, region: string): RdsArn {
  if (!text.startsWith('arn:')) return { region, type, identifier: text.toLowerCase() };
  const arn = parseArn(text);
  if (arn.type !== type) throw new AwsFault('InvalidParameterValue', `${text} is not the ARN of a ${type}.`);
  return arn;
}
