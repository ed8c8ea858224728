import { GetMetricWidgetImageCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { AlertMetric } from '../../../shared/alarm/alert.ts';
import { shortKey } from '../short-key.ts';
import type { Finder } from './gather.ts';

/** Where pictures lie in the backup bucket; a rule of the bucket removes them after a month. */
const prefix = 'alarm-pictures';

/** Longer is of no use: an address dies with the credentials that signed it. */
const validSeconds = 12 * 3_600;

/** A presigned address of the metric's last three hours as PNG, its limit drawn in. */
export const makePicture: Finder<string> = async ({ aws, cloudwatch, names }, alert, abortSignal) => {
  if (!alert.metric) return undefined;
  const { MetricWidgetImage } = await cloudwatch.send(
    new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify(widgetOf(alert.metric, alert.region)) }),
    { abortSignal },
  );
  if (!MetricWidgetImage) return undefined;
  const place = {
    Bucket: names.backupBucket,
    Key: `${prefix}/${alert.at.slice(0, 10)}/${shortKey(alert.key)}-${alert.at.replace(/[:.]/g, '')}.png`,
  };
  await aws.s3.send(new PutObjectCommand({ ...place, Body: MetricWidgetImage, ContentType: 'image/png' }), {
    abortSignal,
  });
  return getSignedUrl(aws.s3, new GetObjectCommand(place), { expiresIn: validSeconds });
};

function widgetOf(
  { namespace, name, dimensions, statistic, periodSeconds, threshold }: AlertMetric,
  region: string,
) {
  return {
    region,
    title: name,
    view: 'timeSeries',
    start: '-PT3H',
    end: 'PT0H',
    timezone: '+0000',
    metrics: [
      [namespace, name, ...Object.entries(dimensions).flat(), { stat: statistic, period: periodSeconds }],
    ],
    ...(threshold === null ? {} : { annotations: { horizontal: [{ label: 'limit', value: threshold }] } }),
  };
}
