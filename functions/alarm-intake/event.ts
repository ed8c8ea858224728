import * as z from 'zod/mini';
import { checkEvent } from '../../shared/job/start-event.ts';

/** As far as it takes to tell it from anything else; alarm-fanout reads the rest. */
const action = z.looseObject({
  source: z.literal('aws.cloudwatch'),
  alarmArn: z
    .string()
    .check(z.regex(/^arn:[a-z-]{1,20}:cloudwatch:[^:]+:\d{12}:alarm:/, 'the ARN of an alarm')),
  alarmData: z.looseObject({ alarmName: z.string() }),
});

/** The alarm whose action this is, by its ARN. Throws EventRefusedError for what no alarm sends. */
export function parseEvent(raw: unknown): { readonly alarmArn: string } {
  return checkEvent(
    action,
    raw,
    'alarm-intake is the action of a CloudWatch alarm: { "source": "aws.cloudwatch", "alarmArn": …, "alarmData": … }.',
  );
}
