import { type Resources, ref } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

/**
 * The e-mail address of the config, if it has one: AWS asks it to confirm before it sends anything. Successes are not
 * filtered out: each carries the newest manifest's hash, which must lie outside of the account. Failed runs are, where
 * they go to people as alarms: CloudWatch's own messages, which have no attributes, are then about that way itself.
 */
export function subscriptionResources({ config }: Deployment): Resources {
  if (config.alertEmail === undefined) return {};
  const filter = config.alarms
    ? { FilterPolicyScope: 'MessageAttributes', FilterPolicy: { status: allButFailed } }
    : {};
  return {
    AlertEmail: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref('AlertTopic'), Protocol: 'email', Endpoint: config.alertEmail, ...filter },
    },
  };
}

const allButFailed = [{ 'anything-but': ['failed'] }, { exists: false }];
