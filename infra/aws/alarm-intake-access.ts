import { arn, attribute, plainFunction, type Resources, ref } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

const job = 'alarm-intake';

/** Lets alarms of this account and region name alarm-intake as their action. */
export function alarmIntakeResources({ pipeFunctionNames }: Deployment): Resources {
  if (!Object.hasOwn(pipeFunctionNames, job)) return {};
  return {
    AlarmIntakePermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: attribute(plainFunction(job), 'Arn'),
        Action: 'lambda:InvokeFunction',
        Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
        SourceAccount: ref('AWS::AccountId'),
        SourceArn: arn('cloudwatch', 'alarm:*'),
      },
    },
  };
}
