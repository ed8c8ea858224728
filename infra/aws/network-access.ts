import { arn, type Statement } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

const interfaceActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * What Lambda needs of a function's role to stand in a VPC; nothing without one. Lambda itself calls these, in the
 * role's name, before there is anything that a policy could name; so the function's own code is denied them.
 */
export function networkStatements({ config }: Deployment, functionName: string): Statement[] {
  if (config.vpc === undefined) return [];
  return [
    { Sid: 'LambdaAttachesNetwork', Effect: 'Allow', Action: interfaceActions, Resource: '*' },
    {
      Sid: 'CodeDoesNot',
      Effect: 'Deny',
      Action: interfaceActions,
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': arn('lambda', `function:${functionName}`) } },
    },
  ];
}
