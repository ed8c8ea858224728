import { XMLBuilder } from 'fast-xml-parser';
import type { AwsFault, AwsReply } from '../../gateway/service.ts';

/** A result's fields by their wire name. Lists become a wrapper with one element for each member. */
export interface XmlObject {
  readonly [name: string]: XmlValue;
}
export type XmlValue = string | number | boolean | Date | undefined | XmlObject | readonly XmlValue[];

const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** The name of a list's members, where it is not `member`; from the service's API model. */
const MEMBER_OF_LIST: Readonly<Record<string, string>> = {
  AccountQuotas: 'AccountQuota',
  AttributeValues: 'AttributeValue',
  DBInstanceAutomatedBackups: 'DBInstanceAutomatedBackup',
  DBInstances: 'DBInstance',
  DBParameterGroups: 'DBParameterGroup',
  DBSubnetGroups: 'DBSubnetGroup',
  DBSnapshotAttributes: 'DBSnapshotAttribute',
  DBSnapshots: 'DBSnapshot',
  EventCategories: 'EventCategory',
  Events: 'Event',
  ExportTasks: 'ExportTask',
  Parameters: 'Parameter',
  TagList: 'Tag',
  VpcSecurityGroups: 'VpcSecurityGroupMembership',
};

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', processEntities: true });

function toTree(name: string, value: Exclude<XmlValue, undefined>): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const member = MEMBER_OF_LIST[name] ?? 'member';
    return { [member]: value.filter((item) => item !== undefined).map((item) => toTree(member, item)) };
  }
  if (typeof value === 'object') return fieldsToTree(value as XmlObject);
  return String(value);
}

function fieldsToTree(fields: XmlObject): Record<string, unknown> {
  const present = Object.entries(fields).filter(
    (entry): entry is [string, Exclude<XmlValue, undefined>] => entry[1] !== undefined,
  );
  return Object.fromEntries(present.map(([name, value]) => [name, toTree(name, value)]));
}

function reply(status: number, document: Record<string, unknown>, requestId: string): AwsReply {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(document)}`,
  };
}

/** A result in the Query protocol: `<CreateDBSnapshotResponse><CreateDBSnapshotResult>…`. */
export function writeResult(action: string, result: XmlObject, requestId: string): AwsReply {
  const body = { [`${action}Result`]: fieldsToTree(result), ResponseMetadata: { RequestId: requestId } };
  return reply(200, { [`${action}Response`]: { '@xmlns': NAMESPACE, ...body } }, requestId);
}

export function writeFault(fault: AwsFault, requestId: string): AwsReply {
  const error = {
    Type: fault.status >= 500 ? 'Receiver' : 'Sender',
    Code: fault.code,
    Message: fault.message,
  };
  const document = { ErrorResponse: { '@xmlns': NAMESPACE, Error: error, RequestId: requestId } };
  return reply(fault.status, document, requestId);
}
