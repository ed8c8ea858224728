/** A compiled CloudFormation template, as far as tests look into it. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Condition?: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are as many shapes as there are types of resources.
  readonly Properties: any;
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function resource(template: Template, logicalId: string): TemplateResource {
  const found = template.Resources[logicalId];
  if (!found) throw new Error(`The template has no resource ${logicalId}`);
  return found;
}

export function resourcesOfType(template: Template, type: string): [string, TemplateResource][] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
}

export function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** Statements of a role's own policies. */
export function statementsOf(role: TemplateResource): PolicyStatement[] {
  const policies = list(role.Properties.Policies) as { PolicyDocument: { Statement: PolicyStatement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function statement(role: TemplateResource, sid: string): PolicyStatement {
  const found = statementsOf(role).find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`The role has no statement ${sid}`);
  return found;
}

/** One line for a value with intrinsic functions: `${Logical.Attribute}` for what CloudFormation fills in. */
export function rendered(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, operand] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  if (name === 'Ref') return `\${${operand}}`;
  if (name === 'Fn::GetAtt') return `\${${(operand as string[]).join('.')}}`;
  if (name === 'Fn::Sub') return String(operand);
  if (name === 'Fn::Join') {
    const [separator, parts] = operand as [string, unknown[]];
    return parts.map(rendered).join(separator);
  }
  return JSON.stringify(value);
}

/** As `rendered`, with what every stack knows of itself filled in: partition, account and region. */
export function filledIn(value: unknown): string {
  return (
    rendered(value)
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is what CloudFormation fills in.
      .replaceAll('${AWS::Partition}', 'aws')
      .replaceAll('${AWS::AccountId}', '111122223333')
      .replaceAll('${AWS::Region}', 'us-west-1')
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: this is what CloudFormation fills in.
  );
}

/** Logical ids that a resource needs before it can be made, by reference or by DependsOn. */
export function dependencies(template: Template, logicalId: string): string[] {
  const { DependsOn, Properties } = resource(template, logicalId);
  const text = JSON.stringify(Properties);
  const referred = Object.keys(template.Resources).filter((other) =>
    [`{"Ref":"${other}"}`, `{"Fn::GetAtt":["${other}",`, `\${${other}}`, `\${${other}.`].some((reference) =>
      text.includes(reference),
    ),
  );
  return [...new Set([...list(DependsOn), ...referred])];
}
