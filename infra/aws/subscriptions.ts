import { type Resources, ref } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

/**
 * The e-mail address of the config, if it has one: AWS asks it to confirm before it sends anything. Nothing is filtered
 * out: each success carries the newest manifest's hash, which must lie outside of the account. A failed run comes here
 * as well where it goes to people as an alarm: no filter leaves it out that lets in what is wrong with the way of alarms
 * itself, for CloudWatch's messages have no attribute, and those without any pass no filter by attributes.
 */
export function subscriptionResources({ config }: Deployment): Resources {
  if (!config.alertEmail) return {};
  return {
    AlertEmail: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref('AlertTopic'), Protocol: 'email', Endpoint: config.alertEmail },
    },
  };
}
