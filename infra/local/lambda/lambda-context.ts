import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { LOCAL_ACCOUNT } from '../gateway/service.ts';

/** Lambda's own limit for one invocation. */
const MAXIMUM_TIMEOUT_MILLISECONDS = 900_000;

/** The context of one invocation that starts now; its remaining time counts down from `timeoutMilliseconds`. */
export function lambdaContext(
  functionName: string,
  timeoutMilliseconds: number = MAXIMUM_TIMEOUT_MILLISECONDS,
): Context {
  const deadline = Date.now() + timeoutMilliseconds;
  const region = process.env.AWS_REGION ?? 'us-east-1';
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:${region}:${LOCAL_ACCOUNT}:function:${functionName}:1`,
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/${process.pid}`,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: refuseCallback,
    fail: refuseCallback,
    succeed: refuseCallback,
  };
}

function refuseCallback(): never {
  throw new Error('Callback-style handlers are not supported from Node 24 on: return or throw instead');
}
