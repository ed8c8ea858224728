import { gunzipSync } from 'node:zlib';
import { type AwsCall, AwsFault, type LocalService } from '../gateway/service.ts';
import { type Alarms, describeAlarmHistory, describeAlarms, listTagsForResource } from './alarms.ts';
import { MetricStore } from './metric-store.ts';
import { getMetricData, getMetricStatistics, putMetricData } from './metrics.ts';
import { PICTURE_PNG_BASE64 } from './picture.ts';

export interface LocalCloudWatch extends LocalService {
  /** Replaces the alarms of a region. */
  setAlarms(region: string, alarms: Alarms): void;
  /** The samples of a region, also for metrics of `AWS/RDS`, which `PutMetricData` refuses. */
  metrics(region: string): MetricStore;
}

/** CloudWatch's metrics and alarms, as much as the jobs use, kept in memory for each region. */
export function localCloudWatch(): LocalCloudWatch {
  const stores = new Map<string, MetricStore>();
  const alarms = new Map<string, Alarms>();
  const metrics = (region: string): MetricStore => {
    const store = stores.get(region) ?? new MetricStore();
    stores.set(region, store);
    return store;
  };
  return {
    name: 'monitoring',
    metrics,
    setAlarms: (region, given) => {
      alarms.set(region, given);
    },
    async handle(call) {
      const result = answer(call, metrics(call.region), alarms.get(call.region) ?? {});
      const headers = { 'content-type': 'application/x-amz-json-1.0' };
      return { status: 200, headers, body: JSON.stringify(unixSeconds(result)) };
    },
  };
}

function answer(call: AwsCall, store: MetricStore, alarms: Alarms): object {
  const input = JSON.parse(plainBody(call).toString('utf8'));
  switch (call.action) {
    case 'PutMetricData':
      return putMetricData(store, input, call.receivedAt);
    case 'GetMetricData':
      return getMetricData(store, input);
    case 'GetMetricStatistics':
      return getMetricStatistics(store, input);
    case 'DescribeAlarms':
      return describeAlarms(alarms, input);
    case 'DescribeAlarmHistory':
      return describeAlarmHistory(alarms, input);
    case 'ListTagsForResource':
      return listTagsForResource(alarms, input);
    case 'GetMetricWidgetImage':
      JSON.parse(input.MetricWidget);
      return { MetricWidgetImage: PICTURE_PNG_BASE64 };
    default:
      throw new AwsFault('InvalidAction', `The embedded stack's CloudWatch does not know ${call.action}.`);
  }
}

/** The SDK compresses metrics over 10 KiB. */
function plainBody({ headers, body }: AwsCall): Buffer {
  return headers['content-encoding']?.includes('gzip') ? gunzipSync(body) : body;
}

/** Times as the protocol has them: Unix seconds. */
function unixSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(unixSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unixSeconds(member)]));
}
