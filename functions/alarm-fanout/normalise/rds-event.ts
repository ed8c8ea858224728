import * as z from 'zod/mini';
import { momentSchema } from './moment.ts';
import type { Observed } from './observed.ts';
import { observeRds } from './rds-observed.ts';
import { check, loosely, refuse } from './refuse.ts';
import type { Delivered } from './unwrap.ts';

/** Events of RDS, by EventBridge and by an event subscription of RDS's own. */

const account = () => z.string().check(z.regex(/^\d{12}$/, 'an account id of 12 digits'));
const sourceId = () => z.string().check(z.minLength(1), z.maxLength(512));

const event = z.lazy(() =>
  z.object({
    account: account(),
    region: z.string().check(z.minLength(1), z.maxLength(30)),
    time: momentSchema(),
    detail: z.object({
      SourceType: loosely(z.string()),
      SourceIdentifier: sourceId(),
      Message: z.string(),
      EventID: loosely(z.string()),
      EventCategories: loosely(z.array(z.string())),
      Date: z.nullish(momentSchema()),
    }),
  }),
);

/** Throws EventRefusedError for what names no source or has no message. */
export function observeRdsEvent(raw: object): Observed[] {
  const { account, region, time, detail } = check(event, raw, 'an event of RDS');
  return observeRds({
    account,
    region,
    at: detail.Date ?? time,
    sourceType: detail.SourceType ?? '',
    sourceId: detail.SourceIdentifier,
    message: detail.Message,
    eventId: idIn(detail.EventID),
    categories: detail.EventCategories ?? [],
  });
}

const message = z.lazy(() =>
  z.object({
    'Event Source': z.string(),
    'Event Time': momentSchema(),
    'Source ID': sourceId(),
    'Source ARN': loosely(z.string()),
    'Event ID': loosely(z.string()),
    'Event Message': z.string(),
  }),
);

/** Old messages lack the ARN of their source: account and region are then those of the topic. Throws as above. */
export function observeRdsMessage(raw: object, { topicArn }: Delivered): Observed[] {
  const given = check(message, raw, 'an event of RDS by SNS');
  const place = placeIn(given['Source ARN'], 'rds') ?? placeIn(topicArn, 'sns');
  if (!place) {
    return refuse(
      'as an event of RDS by SNS it has a fault:\n  - Source ARN: is missing, and so is the topic that would say account and region',
    );
  }
  return observeRds({
    ...place,
    at: given['Event Time'],
    sourceType: given['Event Source'],
    sourceId: given['Source ID'],
    message: given['Event Message'],
    eventId: idIn(given['Event ID']),
    categories: [],
  });
}

/** `http://…#RDS-EVENT-0091`, or the id alone. */
function idIn(text: string | null | undefined): string | null {
  return /RDS-EVENT-\d{4}$/.exec((text ?? '').slice(-100))?.[0] ?? null;
}

function placeIn(arn: string | null | undefined, service: 'rds' | 'sns') {
  const found = /^arn:[a-z-]{1,20}:([a-z]{3}):([a-z0-9-]{1,30}):(\d{12}):/.exec(arn ?? '');
  const [, of, region = '', account = ''] = found ?? [];
  return of === service ? { region, account } : undefined;
}
