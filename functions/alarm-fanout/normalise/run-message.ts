import * as z from 'zod/mini';
import type { Observed } from './observed.ts';
import { check, refuse } from './refuse.ts';
import { longest, paragraph } from './text.ts';
import type { Delivered } from './unwrap.ts';

/** What Nightshift's own runs tell the alert topic: text for people, and who they are as attributes. */

const name = () =>
  z.string().check(z.regex(/^[a-z][a-z0-9-]{0,62}$/, 'a name of small letters, digits and hyphens'));

const schema = z.lazy(() =>
  z.object({
    job: name(),
    /** Left out by a job of the whole stage. */
    database: z.optional(name()),
    slot: z.optional(z.string().check(z.maxLength(100))),
    status: z.enum(['failed', 'succeeded']),
  }),
);

export function isOfRun({ attributes }: Delivered): boolean {
  return Object.hasOwn(attributes, 'job') && Object.hasOwn(attributes, 'status');
}

/** Throws EventRefusedError where the attributes are not those of a run, or nobody says when it was told. */
export function observeRun({ body, attributes, sentAt }: Delivered): Observed {
  const { job, database, slot, status } = check(schema, attributes, 'a message of a run, by its attributes,');
  if (status === 'succeeded') return { kind: 'ignored', why: `${job} tells of a success` };
  if (sentAt === null) return refuse('as a message of a run it lacks the time at which it was sent');
  return {
    kind: 'run',
    job,
    database: database ?? null,
    slot: slot ?? null,
    at: sentAt,
    text: paragraph(body, longest.reason) ?? '',
  };
}
