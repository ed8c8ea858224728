/** A value in a template: a literal, or an intrinsic function that CloudFormation fills in. */
export type Value = string | { readonly Ref: string } | { readonly 'Fn::Sub': string } | GetAttribute;
export type GetAttribute = { readonly 'Fn::GetAtt': readonly [string, string] };

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export type Resources = Readonly<Record<string, Resource>>;

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: Value | readonly Value[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const ref = (logicalId: string) => ({ Ref: logicalId });
export const sub = (text: string) => ({ 'Fn::Sub': text });
export const attribute = (logicalId: string, name: string): GetAttribute => ({
  'Fn::GetAtt': [logicalId, name],
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in, not JavaScript.
export const ownRegion = '${AWS::Region}';

/** What `kms:ViaService` says of a call that a service makes in somebody's name. */
export function viaService(service: string, region = ownRegion) {
  return sub(`${service}.${region}.\${AWS::URLSuffix}`);
}

/** An ARN in the stack's own partition and account; `region` is the stack's own unless another is given. */
export function arn(service: string, resource: string, region = ownRegion) {
  return sub(`arn:\${AWS::Partition}:${service}:${region}:\${AWS::AccountId}:${resource}`);
}

/** `snapshot-export` as the Serverless Framework writes it in logical ids, which take no hyphen: `SnapshotDashexport`. */
export function logicalName(name: string): string {
  return capital(name.replaceAll('-', 'Dash'));
}

/** The alias that a durable function is started by, as the Serverless Framework names it. */
export function durableAlias(job: string): string {
  return `${logicalName(job)}DurableLambdaAlias`;
}

/** A function that is not durable, which is started by its own name, as the Serverless Framework names it. */
export function plainFunction(job: string): string {
  return `${logicalName(job)}LambdaFunction`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
