import type { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { publishMessage } from '../../../shared/job/message.ts';

/** What was handed to SNS; its limits are not checked by the embedded one. */
async function published(subject: string): Promise<{ Subject: string }> {
  const sent: { input: unknown }[] = [];
  const sns = { send: async (command: { input: unknown }) => void sent.push(command) };
  await publishMessage(sns as unknown as SNSClient, 'arn:topic', { subject, text: 'text' }, { job: 'x' });
  return sent[0]?.input as { Subject: string };
}

describe('the subject', () => {
  test('is one line of fewer than 100 printable ASCII characters, whatever it was', async () => {
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { Subject } = await published(`Nightshift ${text}`);
        expect(Subject).toMatch(/^Nightshift[\x20-\x7e]{0,89}$/);
      }),
    );
  });

  test('of 99 characters is left as it is, of 100 it is cut', async () => {
    expect((await published('x'.repeat(99))).Subject).toBe('x'.repeat(99));
    expect((await published('x'.repeat(100))).Subject).toBe(`${'x'.repeat(96)}...`);
  });
});

test('text, topic and attributes reach SNS', async () => {
  expect(await published('Nightshift prod: menotime backed up')).toEqual({
    TopicArn: 'arn:topic',
    Subject: 'Nightshift prod: menotime backed up',
    Message: 'text',
    MessageAttributes: { job: { DataType: 'String', StringValue: 'x' } },
  });
});
