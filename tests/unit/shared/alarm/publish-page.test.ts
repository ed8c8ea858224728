import { type PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect, jest, test } from '@jest/globals';
import { pageAttributes, publishPage } from '../../../../shared/alarm/publish-page.ts';
import { alarmPage, cpuAlert, digestPage, recoveryPage } from '../../../support/alarm-pages.ts';

test('a page holds no character that a queue refuses, and is the same once it is read', async () => {
  const sns = new SNSClient({ region: 'us-west-1' });
  const sent: PublishCommand[] = [];
  jest.spyOn(sns, 'send').mockImplementation((command) => void sent.push(command as PublishCommand) as never);
  const description = 'a\u0000b\ud800c\ufffed\uffffe\u{1f600}\u2028';
  const page = { ...alarmPage, alerts: [{ ...cpuAlert, description }] };
  await publishPage(sns, 'arn:aws:sns:us-west-1:111122223333:pages', page);
  const { Message = '', MessageAttributes } = sent[0]?.input ?? {};
  expect(Message).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  expect(JSON.parse(Message)).toEqual(page);
  expect(MessageAttributes?.sinks).toEqual({ DataType: 'String.Array', StringValue: '["ops"]' });
});

test('subscribers choose by what a page is about; of a storm no single alarm is named', () => {
  expect(pageAttributes(recoveryPage)).toEqual({
    kind: 'recovery',
    severity: 'critical',
    database: 'menotime',
    alarm: 'menotime-cpu',
    state: 'OK',
  });
  expect(pageAttributes(digestPage(2))).toMatchObject({ alarm: '-', state: 'ALARM' });
  expect(pageAttributes({ ...alarmPage, database: null, alerts: [] })).toMatchObject({
    database: '-',
    alarm: '-',
    state: '-',
  });
});

test('an attribute is what SNS takes, whatever an alarm is called', () => {
  const called = (name: string) => pageAttributes({ ...alarmPage, alerts: [{ ...cpuAlert, name }] }).alarm;
  expect(called('a\u0000b\nc\uffff')).toBe('a b c');
  expect(called(' \n ')).toBe('-');
  expect(called(`${'x'.repeat(254)}😀`)).toBe(`${'x'.repeat(254)}\ufffd`);
  expect(called('x'.repeat(1_000))).toHaveLength(255);
});
