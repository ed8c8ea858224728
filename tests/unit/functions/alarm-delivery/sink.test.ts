import { expect, test } from '@jest/globals';
import { prepareSink } from '../../../../functions/alarm-delivery/sink.ts';
import { dynamoClient, lambdaClient, s3Client, snsClient } from '../../../../shared/aws/clients.ts';
import { resourceNames } from '../../../../shared/config/names.ts';
import { stageSchema } from '../../../../shared/config/schema.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { stageInput } from '../../../support/stage-config.ts';

const region = stageInput.region;
const abroad = { kind: 'sns', topicArn: 'arn:aws:sns:eu-west-1:111122223333:people' } as const;
const alarms = { ...alarmsInput, sinks: { ...alarmsInput.sinks, abroad } };
const config = stageSchema.parse({ ...stageInput, alarms });
const aws = {
  s3: s3Client(region),
  dynamo: dynamoClient(region),
  lambda: lambdaClient(region),
  sns: snsClient(region),
};
const names = resourceNames('test', config);
const prepared = (NIGHTSHIFT_SINK?: string) =>
  prepareSink({ stage: 'test', config, names, aws, environment: { NIGHTSHIFT_SINK } });

test.each([
  ['topic', region],
  ['mail', region],
  ['abroad', 'eu-west-1'],
])('the sink %s is published to in %s, and its fallback in the stage’s own region', async (sink, there) => {
  const { reach, ways } = prepared(sink);
  expect(await reach.sns.config.region()).toBe(there);
  expect(await ways.sns.config.region()).toBe(region);
});

test.each([undefined, 'none', 'toString'])('a function for the sink %s says that there is none', (sink) => {
  expect(() => prepared(sink)).toThrow('the stage has no sink of that name under "alarms"');
});
