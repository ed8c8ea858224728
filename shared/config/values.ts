import * as z from 'zod/mini';

/** Kinds of values that several parts of the config have in common. */

export const positive = z.number().check(z.positive());
export const count = z.int().check(z.gte(1));
export const days = z.int().check(z.gte(1), z.lte(36_500));
export const schedule = z
  .string()
  .check(z.regex(/^(cron|rate|at)\(.+\)$/, 'cron(…), rate(…) or at(…), as EventBridge Scheduler takes them'));

/** From one night's success to the next it takes a day, and longer where a run waits: after this it is missed. At most what CloudWatch looks back. */
export const missedAfterHours = z._default(z.int().check(z.gte(25), z.lte(168)), 30);
