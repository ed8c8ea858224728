import * as z from 'zod/mini';
import { severities } from '../alarm/severity.ts';
import { isSinkAddress } from '../alarm/sink-address.ts';
import { count, positive, schedule } from './values.ts';
import { maintenanceWindow } from './window.ts';

/** What `stages.<name>.alarms` may say: where alarms go, and what keeps them from being too many. */

const weekdays = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;

/** Built when a config is first read. */
function settingsSchema() {
  const text = z.string().check(z.minLength(1));
  const name = z
    .string()
    .check(z.regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a name of small letters, digits and single hyphens'));
  const severity = z.enum(severities);
  /** `*` stands for anything; compared with the alarm's name. */
  const patterns = z.array(text).check(z.minLength(1));
  const minutes = positive;
  const moment = z.iso.datetime({ offset: true });

  /** An id in Secrets Manager, or the name of a SecureString of SSM after `ssm:`. */
  const secret = text.check(z.refine((given) => !isSecretItself(given), secretItself));
  /** The whole address to send to instead of the service's own: a proxy's, or a region's or government's own. */
  const endpoint = z.optional(
    z.string().check(z.refine(isSinkAddress, 'an https address; http only to a proxy on the same machine')),
  );
  const sink = z.discriminatedUnion('kind', [
    /** An incoming webhook: the secret is its address. */
    z.strictObject({ kind: z.literal('slack'), secret }),
    /** A bot: the secret is its token. It can answer in threads, which a webhook cannot. */
    z.strictObject({ kind: z.literal('slack-bot'), secret, channel: text, endpoint }),
    /** A workflow's webhook: the secret is its address. */
    z.strictObject({ kind: z.literal('teams'), secret }),
    /** The secret is the routing key of 32 characters. */
    z.strictObject({
      kind: z.literal('pagerduty'),
      secret: secret.check(z.refine((given) => !/^[a-zA-Z0-9]{32}$/.test(given), secretItself)),
      region: z._default(z.enum(['us', 'eu']), 'us'),
      endpoint,
    }),
    /** The secret is JSON: { "url": "https://…", "key": "…" }; the body is signed with the key (HMAC-SHA256). */
    z.strictObject({ kind: z.literal('webhook'), secret }),
    z.strictObject({
      kind: z.literal('sns'),
      topicArn: z
        .string()
        .check(
          z.regex(
            /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
            'the ARN of a standard topic of SNS: one of FIFO takes no message without a group',
          ),
        ),
    }),
    z.strictObject({ kind: z.literal('email'), address: z.email() }),
  ]);

  /** Whatever is left out stands for all. */
  const matcher = {
    severities: z.optional(z.array(severity).check(z.minLength(1))),
    databases: z.optional(z.array(name).check(z.minLength(1))),
    alarms: z.optional(patterns),
  };

  const hours = z.strictObject({
    from: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "08:00"')),
    to: z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day such as "18:00"')),
    days: z._default(z.array(z.enum(weekdays)).check(z.minLength(1)), [...weekdays]),
    /** An IANA time zone: people's hours follow their clocks. */
    timeZone: z._default(
      z.string().check(z.refine(isTimeZone, 'an IANA time zone, such as "Europe/Berlin"')),
      'UTC',
    ),
  });

  const route = z.strictObject({
    ...matcher,
    hours: z.optional(hours),
    to: z.array(name).check(z.minLength(1)),
    /** Whether later routes are looked at too; left out, the first that fits is the only one. */
    andOn: z._default(z.boolean(), false),
  });

  return z.strictObject({
    sinks: z.record(name, sink),
    /** The first that fits is taken; an alarm that none fits goes to the fallback. */
    routes: z.array(route).check(z.minLength(1)),
    /** The sink that is told what another did not take; left out, the stage's alert topic. */
    fallback: z.optional(name),
    fallbackAfterMinutes: z._default(minutes, 10),
    /**
     * Where people can open this project's files, such as https://github.com/your/nightshift/blob/main: messages link to
     * their runbook there. Left out, they name its file.
     */
    runbookBase: z.optional(
      z.url({ protocol: /^https$/, error: 'an address that begins with https://, of where docs/ lies' }),
    ),
    /** Alarms besides Nightshift's own and those of its databases' instances, by name. */
    watch: z._default(z.array(text), []),
    /** The first that fits; before an alarm's own tag `nightshift:severity`, and before its name. */
    severities: z._default(z.array(z.strictObject({ alarms: patterns, severity })), []),
    /** While one that `when` names is on, those that `hides` names are not told of the same database. */
    inhibit: z._default(z.array(z.strictObject({ when: patterns, hides: patterns })), []),
    silences: z._default(
      z.array(z.strictObject({ ...matcher, from: z.optional(moment), until: moment, why: text })),
      [],
    ),
    /** Each day, or on some; times in UTC. Alarms within it wait for its end. */
    maintenance: z._default(
      z.array(
        z.strictObject({
          ...matcher,
          window: maintenanceWindow,
          days: z._default(z.array(z.enum(weekdays)).check(z.minLength(1)), [...weekdays]),
        }),
      ),
      [],
    ),
    flapping: z.prefault(
      z.strictObject({
        /** More changes than this within so many minutes make an alarm one that flaps. */
        changes: z._default(count, 6),
        withinMinutes: z._default(minutes, 30),
        /** So long it must have kept one state before it is told of again. */
        quietMinutes: z._default(minutes, 30),
      }),
      {},
    ),
    digest: z.prefault(
      z.strictObject({
        windowSeconds: z._default(z.int().check(z.gte(1), z.lte(900)), 60),
        /** So many pages of one severity may leave by themselves in a window; what is more waits for its digest. */
        pagesBefore: z._default(count, 1),
      }),
      {},
    ),
    /** How often people are reminded of an alarm that is still on; 0 for never. */
    remindEveryMinutes: z.prefault(
      z.strictObject({
        critical: z._default(z.number().check(z.gte(0)), 60),
        warning: z._default(z.number().check(z.gte(0)), 1_440),
        info: z._default(z.number().check(z.gte(0)), 0),
      }),
      {},
    ),
    /** CloudWatch's INSUFFICIENT_DATA is neither an alarm nor a recovery unless this says so. */
    insufficientData: z._default(z.enum(['ignore', 'alarm']), 'ignore'),
    context: z.prefault(
      z.strictObject({
        /** A page waits so long for what can be found out, and not longer. 0: it does not ask. */
        withinMs: z._default(z.int().check(z.gte(0), z.lte(5_000)), 500),
        picture: z._default(z.boolean(), true),
        database: z._default(z.boolean(), true),
      }),
      {},
    ),
    /** A synthetic alert each day, through the whole pipe; it is missed after 26 hours. */
    heartbeat: z.prefault(z.strictObject({ schedule: z._default(schedule, 'cron(0 8 * * ? *)') }), {}),
  });
}

type Settings = z.output<ReturnType<typeof settingsSchema>>;

const secretItself =
  'this looks like the secret itself, which must not stand here: put it into Secrets Manager and give its name, or ssm: and the name of a SecureString';

/** An address, a token of Slack, the JSON of a webhook: the config is packaged, and its names stand in messages. */
function isSecretItself(given: string): boolean {
  return /^\s*(https?:|xox[a-z]-|\{)/i.test(given);
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    // RangeError: that is the answer.
    return false;
  }
}

function schema() {
  return settingsSchema().check(
    z.refine((settings) => unknownSinks(settings).length === 0, {
      error: ({ input }) => {
        const { sinks } = input as Settings;
        return `no such sink: ${unknownSinks(input as Settings).join(', ')}; there are ${Object.keys(sinks).join(', ')}`;
      },
    }),
  );
}

function unknownSinks({ sinks, routes, fallback }: Settings): string[] {
  const named = [...routes.flatMap(({ to }) => to), ...(fallback === undefined ? [] : [fallback])];
  return [...new Set(named)].filter((sink) => !Object.hasOwn(sinks, sink));
}

export const alarms = z.lazy(schema);

export type AlarmsConfig = Settings;
export type SinkConfig = Settings['sinks'][string];
export type SinkKind = SinkConfig['kind'];
export type RouteConfig = Settings['routes'][number];
