import { randomUUID } from 'node:crypto';
import { AwsFault, LOCAL_ACCOUNT, type LocalService } from '../gateway/service.ts';

/** STS with `GetCallerIdentity` alone: whoever calls is a user of the local account. */
export function stsService(): LocalService {
  return {
    name: 'sts',
    async handle({ action }) {
      if (action !== 'GetCallerIdentity') {
        throw new AwsFault('InvalidAction', `The embedded stack's STS does not know ${action}.`);
      }
      return { status: 200, headers: { 'content-type': 'text/xml' }, body: callerIdentity() };
    },
  };
}

function callerIdentity(): string {
  return (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    `<Arn>arn:aws:iam::${LOCAL_ACCOUNT}:user/nightshift</Arn><UserId>AIDALOCAL</UserId>` +
    `<Account>${LOCAL_ACCOUNT}</Account></GetCallerIdentityResult>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  );
}
