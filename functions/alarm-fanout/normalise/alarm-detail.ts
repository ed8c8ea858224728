import * as z from 'zod/mini';
import { alarmStates } from '../../../shared/alarm/alert.ts';
import { type AlarmArn, alarmKey, contributorKey } from './alarm-arn.ts';
import { childrenOf } from './composite-rule.ts';
import { momentSchema, readMoment } from './moment.ts';
import type { ObservedAlarm } from './observed.ts';
import { readReading } from './reading.ts';
import { loosely } from './refuse.ts';
import { describeSeries, dimensionsOf, type Series } from './series.ts';
import { cut, longest, oneLine, paragraph } from './text.ts';

/** What EventBridge calls `detail`, and an alarm's direct action `alarmData`. */

function seriesSchema() {
  const metric = z.object({
    namespace: z.string(),
    name: z.string(),
    dimensions: loosely(z.record(z.string(), z.string())),
  });
  return z.object({
    metricStat: loosely(
      z.object({ metric, period: z.number(), stat: z.string(), unit: loosely(z.string()) }),
    ),
    expression: loosely(z.string()),
    label: loosely(z.string()),
    returnData: loosely(z.boolean()),
  });
}

function triggeringSchema() {
  return z.object({ triggeringAlarms: loosely(z.array(z.object({ arn: z.string() }))) });
}

/** Built once, when the first event is read. */
export function detailSchema() {
  const text = loosely(z.string());
  return z.object({
    alarmName: z.string().check(z.minLength(1)),
    state: z.object({
      value: z.enum(alarmStates),
      reason: text,
      reasonData: text,
      timestamp: z.nullish(momentSchema()),
      actionsSuppressedBy: text,
    }),
    configuration: loosely(
      z.object({
        description: text,
        metrics: loosely(z.array(seriesSchema())),
        alarmRule: text,
        actionsSuppressor: text,
      }),
    ),
    alarmContributor: z.nullish(
      z.object({
        id: z.string().check(z.minLength(1)),
        attributes: loosely(z.record(z.string(), z.string())),
      }),
    ),
    muteDetail: loosely(z.object({ mutedByArn: z.string(), muteWindowEnd: text })),
  });
}

export type Detail = z.output<ReturnType<typeof detailSchema>>;

/** `at` is when the event itself was made: what counts where the state does not say since when it is. */
export function observeDetail(detail: Detail, alarm: AlarmArn, at: string): ObservedAlarm {
  const { state, configuration, alarmContributor } = detail;
  const { arn, region, account } = alarm;
  const contributor = alarmContributor ? (alarmContributor.attributes ?? {}) : null;
  const series = (configuration?.metrics ?? []).map(asSeries);
  const reading = readReading(state.reasonData, state.reason ?? null);
  return {
    kind: 'alarm',
    arn,
    key: alarmContributor ? contributorKey(arn, alarmContributor.id) : alarmKey(arn),
    name: oneLine(detail.alarmName, longest.name) || '-',
    state: state.value,
    at: state.timestamp ?? at,
    account,
    region,
    description: paragraph(configuration?.description, longest.description),
    reason: paragraph(state.reason, longest.reason),
    ...describeSeries(series, reading, contributor),
    children: childrenOf(configuration?.alarmRule, triggeringOf(state.reasonData), {
      region,
      account,
      key: alarmKey(arn),
    }),
    quiet: quietOf(detail),
    deleted: false,
  };
}

function asSeries(given: z.output<ReturnType<typeof seriesSchema>>): Series {
  const { metricStat, expression, label, returnData } = given;
  return {
    metric: metricStat
      ? {
          namespace: oneLine(metricStat.metric.namespace, 255),
          name: oneLine(metricStat.metric.name, 255),
          dimensions: dimensionsOf(Object.entries(metricStat.metric.dimensions ?? {})),
          statistic: oneLine(metricStat.stat, 50),
          periodSeconds: metricStat.period,
          unit: metricStat.unit ?? null,
        }
      : null,
    expression: expression ?? null,
    label: label ? oneLine(label, 120) : null,
    compared: returnData ?? true,
  };
}

const triggering = z.lazy(triggeringSchema);

function triggeringOf(reasonData: string | null | undefined): string[] {
  if (!reasonData?.includes('triggeringAlarms')) return [];
  try {
    const read = triggering.safeParse(JSON.parse(reasonData)).data;
    return (read?.triggeringAlarms ?? []).map(({ arn }) => arn);
  } catch {
    // SyntaxError: what the rule names is known without it.
    return [];
  }
}

function quietOf({ state, configuration, muteDetail }: Detail): ObservedAlarm['quiet'] {
  if (muteDetail) {
    const until = muteDetail.muteWindowEnd ? readMoment(muteDetail.muteWindowEnd) : undefined;
    return { by: cut(muteDetail.mutedByArn, 300), until: until ?? null };
  }
  if (!state.actionsSuppressedBy) return null;
  const how = oneLine(state.actionsSuppressedBy, 50);
  const suppressor = configuration?.actionsSuppressor;
  return { by: suppressor ? `${oneLine(suppressor, 255)} (${how})` : how, until: null };
}
