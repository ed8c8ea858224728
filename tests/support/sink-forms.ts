import * as z from 'zod';

/**
 * What the services document about the form of a message, written down from their documentation and from nothing in
 * the code: unknown keys are refused, lengths are the documented ones.
 */

const text = (most: number) => z.string().min(1).max(most);
/** No `<` or `>` that is not of a link that is ours, and no `&` that is not an escape. */
const inert = (value: string) =>
  !/[<>]|&(?!amp;|lt;|gt;)/.test(
    value.replace(/<https?:\/\/[^<>|\s]+\|(?:Runbook|Alarm in CloudWatch)>/g, ''),
  );
const slackText = (most: number) => text(most).refine(inert, 'markup that Slack acts on');
const plainText = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: slackText(most), emoji: z.literal(false) });
/** Markup is for our own links and for one block of code, which what is in it does not end. */
const linkOrCode = (value: string) =>
  /^<https?:\/\/[^<>|\s]+\|[\w ]+>$/.test(value) ||
  (/^[^\n*_~`]+\n```\n[\s\S]+\n```$/.test(value) && value.split('```').length === 3);
const markup = z.strictObject({
  type: z.literal('mrkdwn'),
  text: slackText(3_000).refine(linkOrCode, 'markup that is neither a link nor a block of code'),
  verbatim: z.literal(true),
});

const slackBlock = z.union([
  z.strictObject({ type: z.literal('header'), text: plainText(150) }),
  z.strictObject({ type: z.literal('section'), text: z.union([plainText(3_000), markup]) }),
  z.strictObject({ type: z.literal('section'), fields: z.array(plainText(2_000)).min(1).max(10) }),
  z.strictObject({
    type: z.literal('image'),
    image_url: z.url({ protocol: /^https?$/ }).max(3_000),
    alt_text: text(2_000),
  }),
  z.strictObject({ type: z.literal('context'), elements: z.array(plainText(2_000)).min(1).max(10) }),
]);

const slackBody = {
  text: slackText(40_000),
  mrkdwn: z.literal(false),
  blocks: z.optional(z.array(slackBlock).min(1).max(50)),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
};

export const slackWebhookForm = z.strictObject(slackBody);
export const slackBotForm = z.strictObject({
  ...slackBody,
  channel: z.string().min(1),
  parse: z.literal('none'),
  link_names: z.literal(false),
  thread_ts: z.optional(z.string().regex(/^\d+\.\d+$/)),
  reply_broadcast: z.optional(z.literal(true)),
});

const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  weight: z.optional(z.enum(['Lighter', 'Default', 'Bolder'])),
  size: z.optional(z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge'])),
  color: z.optional(z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'])),
  fontType: z.optional(z.enum(['Default', 'Monospace'])),
  isSubtle: z.optional(z.boolean()),
});
/** The subset of Adaptive Cards 1.4 in which no element reads markup. */
const cardElement = z.union([
  z.strictObject({
    type: z.literal('RichTextBlock'),
    spacing: z.optional(z.enum(['None', 'Small', 'Default', 'Medium', 'Large', 'ExtraLarge', 'Padding'])),
    inlines: z.array(textRun).min(1),
  }),
  z.strictObject({ type: z.literal('Image'), url: z.url({ protocol: /^https?$/ }), altText: text(1_000) }),
]);

export const teamsForm = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.4'),
        msteams: z.strictObject({ width: z.literal('Full') }),
        body: z.array(cardElement).min(1),
        actions: z.optional(
          z
            .array(
              z.strictObject({
                type: z.literal('Action.OpenUrl'),
                title: text(100),
                url: z.url({ protocol: /^https?$/ }),
              }),
            )
            .min(1)
            .max(6),
        ),
      }),
    }),
  ]),
});
export const teamsMostBytes = 28 * 1_024;

const routingKey = z.string().regex(/^[A-Za-z0-9]{32}$/);
const dedupKey = text(255);
export const pagerDutyForm = z.discriminatedUnion('event_action', [
  z.strictObject({ routing_key: routingKey, event_action: z.literal('resolve'), dedup_key: dedupKey }),
  z.strictObject({
    routing_key: routingKey,
    event_action: z.literal('trigger'),
    dedup_key: dedupKey,
    client: z.optional(z.string()),
    payload: z.strictObject({
      summary: text(1_024),
      source: text(255),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime({ offset: true }),
      component: z.optional(z.string()),
      group: z.optional(z.string()),
      class: z.optional(z.string()),
      custom_details: z.record(z.string(), z.unknown()),
    }),
    links: z.array(z.strictObject({ href: z.url({ protocol: /^https$/ }), text: z.string() })),
    images: z.array(z.strictObject({ src: z.url({ protocol: /^https$/ }), alt: z.string() })),
  }),
]);
export const pagerDutyMostBytes = 512 * 1_024;
