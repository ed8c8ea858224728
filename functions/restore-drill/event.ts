import * as z from 'zod/mini';
import type { RestoreDrillConfig, StageConfig } from '../../shared/config/schema.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { nightSlot } from '../../shared/job/slot.ts';
import {
  checkEvent,
  dryRun,
  eventTime,
  quoted,
  requireLabel,
  requireObject,
  scheduledEvent,
} from '../../shared/job/start-event.ts';
import { recoveryTrigger } from '../../shared/verify/drill-report.ts';

const sources = ['snapshot', 'latest restorable time', 'second region'] as const;

const byHand = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  snapshot: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  targetTime: z.optional(eventTime),
  source: z.optional(z.enum(sources)),
  dryRun,
});

const instanceName = z
  .string()
  .check(
    z.maxLength(63),
    z.regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens, a letter first'),
  );

const forReal = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  restore: z.strictObject({
    /** `latest`, or the identifier of a snapshot. */
    snapshot: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
    targetTime: z.optional(eventTime),
    /** Of the new instance; left out, `<instance>-recovery-<yyyymmdd-hhmm>`. */
    instance: z.optional(instanceName),
    /** A drill of the same: the instance is asked, and deleted. */
    verifyOnly: z.optional(z.boolean()),
  }),
  dryRun,
});

export type DrillEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduledEvent> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> }
  | { readonly kind: 'restore'; readonly body: z.output<typeof forReal> };

/** What is to be restored, as it was asked for. */
export type Wanted =
  | { readonly kind: 'newest automated snapshot' | 'newest snapshot' | 'latest restorable time' }
  | { readonly kind: 'newest copy'; readonly region: string }
  | { readonly kind: 'snapshot'; readonly identifier: string }
  | { readonly kind: 'time'; readonly time: string };

/** What one run is asked to do. */
export interface DrillRequest extends SlotRequest {
  readonly instance: string;
  readonly settings: RestoreDrillConfig;
  readonly wanted: Wanted;
  /** Where it is restored: the stage's own region, or the one that copies lie in. */
  readonly region: string;
  /** Null for a drill, whose instance is deleted. For a real restore, the name of the instance that stays. */
  readonly keptAs: string | null;
}

const expected = `restore-drill starts from one of:
  - a schedule: { "trigger": "schedule", "database": "menotime", "scheduledTime": "2026-01-04T07:00:00Z" }
  - by hand, a drill: { "database": "menotime", "label": "after-repair", "snapshot": "…" or "targetTime": "…" or "source": "second region", "dryRun": true }, all but "database" optional
  - a real restore, with credentials of your own, which the deployed function does not have: { "database": "menotime", "restore": { "snapshot": "latest" or "targetTime": "…", "instance": "…", "verifyOnly": true }, "label": "…", "dryRun": true }`;

/** Tells the three kinds of event apart. Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): DrillEvent {
  const event = requireObject(raw, expected);
  if ('trigger' in event) return { kind: 'schedule', body: checkEvent(scheduledEvent, raw, expected) };
  if ('restore' in event) return { kind: 'restore', body: checkEvent(forReal, raw, expected) };
  return { kind: 'by hand', body: checkEvent(byHand, raw, expected) };
}

/** What the event asks for, with everything that the config says of its database. Throws EventRefusedError. */
export function interpretEvent(event: DrillEvent, config: StageConfig, now: Date): DrillRequest {
  const { body } = event;
  const base = basics(body.database, config);
  const common = { ...base, dryRun: body.dryRun ?? false };
  switch (event.kind) {
    case 'schedule': {
      const slot = nightSlot(new Date(event.body.scheduledTime));
      return { ...common, ...configured(base, config), slot, trigger: 'by its schedule' };
    }
    case 'by hand':
      return { ...common, ...interpretByHand(event.body, base, config, now), trigger: 'by hand' };
    case 'restore':
      return { ...common, ...interpretRestore(event.body, base, now) };
  }
}

type Basics = Pick<DrillRequest, 'database' | 'instance' | 'settings' | 'keptAs' | 'region'>;
type Chosen = Pick<DrillRequest, 'slot' | 'wanted'> & Partial<Pick<DrillRequest, 'keptAs' | 'region'>>;

function interpretByHand(
  { label, snapshot, targetTime, source }: z.output<typeof byHand>,
  base: Basics,
  config: StageConfig,
  now: Date,
): Chosen {
  requireLabel(label);
  refuseSeveral({ snapshot, targetTime, source });
  if (label === undefined && (snapshot ?? targetTime ?? source) !== undefined) {
    throw new EventRefusedError(
      'A drill with "snapshot", "targetTime" or "source" needs a "label": without one it would take the place of the scheduled drill.',
    );
  }
  const slot = label ?? nightSlot(now);
  if (snapshot !== undefined) return { slot, wanted: { kind: 'snapshot', identifier: snapshot } };
  if (targetTime !== undefined) return { slot, wanted: atTime(targetTime) };
  return { slot, ...configured(base, config, source) };
}

function interpretRestore(
  { label, restore }: z.output<typeof forReal>,
  { instance }: Basics,
  now: Date,
): Chosen & Pick<DrillRequest, 'trigger'> {
  const { snapshot, targetTime, instance: name, verifyOnly = false } = restore;
  requireLabel(label);
  refuseSeveral({ snapshot, targetTime });
  if (verifyOnly && name !== undefined) {
    throw new EventRefusedError(
      '"instance" names what a restore keeps, and with "verifyOnly" nothing is kept: leave one of them out.',
    );
  }
  const stamp = now.toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
  const keptAs = verifyOnly ? null : (name ?? recoveryName(instance, stamp));
  const slot = label ?? `${verifyOnly ? 'verify' : 'recovery'}-${stamp}`;
  const trigger = verifyOnly ? 'by hand' : recoveryTrigger;
  return { slot, keptAs, trigger, wanted: wantedOf(snapshot, targetTime) };
}

function wantedOf(snapshot: string | undefined, targetTime: string | undefined): Wanted {
  if (targetTime !== undefined) return atTime(targetTime);
  return snapshot === undefined || snapshot === 'latest'
    ? { kind: 'newest snapshot' }
    : { kind: 'snapshot', identifier: snapshot };
}

/** RDS keeps whole seconds and takes no offset. */
function atTime(targetTime: string): Wanted {
  return { kind: 'time', time: new Date(targetTime).toISOString() };
}

const longestInstanceName = 63;

/** `menotime-prod` -> `menotime-prod-recovery-20260102-0304` */
function recoveryName(instance: string, stamp: string): string {
  const end = `-recovery-${stamp}`;
  return instance.slice(0, longestInstanceName - end.length).replace(/-$/, '') + end;
}

function refuseSeveral(choices: Readonly<Record<string, string | undefined>>): void {
  const given = Object.entries(choices).filter(([, value]) => value !== undefined);
  if (given.length <= 1) return;
  const names = given.map(([name]) => `"${name}"`).join(' and ');
  throw new EventRefusedError(`${names} each say what to restore: choose one of them.`);
}

function configured(
  { settings, database }: Basics,
  config: StageConfig,
  source = settings.source,
): Pick<DrillRequest, 'wanted' | 'region'> {
  switch (source) {
    case 'snapshot':
      return { wanted: { kind: 'newest automated snapshot' }, region: config.region };
    case 'latest restorable time':
      return { wanted: { kind: 'latest restorable time' }, region: config.region };
    case 'second region': {
      const region = config.databases[database]?.snapshotExport?.copyTo?.region;
      if (region) return { wanted: { kind: 'newest copy', region }, region };
      throw new EventRefusedError(
        `There are no copies of ${quoted(database)} to restore: its "snapshotExport" has no "copyTo" in the config.`,
      );
    }
  }
}

function basics(database: string, config: StageConfig): Basics {
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (found?.restoreDrill) {
    return {
      database,
      instance: found.instance,
      settings: found.restoreDrill,
      keptAs: null,
      region: config.region,
    };
  }
  const usable = Object.keys(config.databases).filter((name) => config.databases[name]?.restoreDrill);
  throw new EventRefusedError(
    `The config has no "restoreDrill" for a database ${quoted(database)}. It has one for: ${usable.join(', ') || 'none'}.`,
  );
}
