import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { DatabaseContext } from '../../../shared/alarm/page.ts';
import { ServiceError } from '../../../shared/job/errors.ts';
import type { Finder } from './gather.ts';

/** What the database is doing, asked by alarm-context, which alone stands where databases can be reached. */
export const askDatabase: Finder<DatabaseContext> = async ({ aws, names, config }, alert, abortSignal) => {
  const { database } = alert;
  if (database === null || !Object.hasOwn(config.databases, database)) return undefined;
  const { Payload, FunctionError } = await aws.lambda.send(
    new InvokeCommand({
      FunctionName: names.functionName('alarm-context'),
      Payload: JSON.stringify({ database }),
    }),
    { abortSignal },
  );
  const text = Payload?.transformToString() ?? '';
  if (FunctionError !== undefined) {
    throw new ServiceError(
      `alarm-context answered for ${database} with ${FunctionError}: ${text.slice(0, 500)}`,
    );
  }
  return JSON.parse(text) as DatabaseContext;
};
