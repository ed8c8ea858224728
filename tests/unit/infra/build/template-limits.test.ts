import { describe, expect, test } from '@jest/globals';
import { checkTemplate, type Template } from '../../../../infra/build/template-limits.ts';

const check = (Resources: Template['Resources']) => () => checkTemplate('prod', { Resources });
const queue = (QueueName: unknown) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName } });
const many = (count: number, description = '') =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`Some${at}`, { Type: 'Some', Properties: { description } }]),
  );

test('five hundred resources are taken, and not one more', () => {
  expect(check(many(500))).not.toThrow();
  expect(check(many(501))).toThrow(
    'AWS would refuse the template of the stage "prod":\n  - it has 501 resources, and CloudFormation takes 500.',
  );
});

test('a megabyte is taken, and not more', () => {
  expect(check(many(499, 'x'.repeat(1_800)))).not.toThrow();
  expect(check(many(499, 'x'.repeat(2_100)))).toThrow(
    /it has 1\d{6} bytes, and CloudFormation takes 1000000/,
  );
});

describe('a name', () => {
  test.each([
    ['AWS::Lambda::Function', 'FunctionName', 64],
    ['AWS::Events::Rule', 'Name', 64],
    ['AWS::Scheduler::Schedule', 'Name', 64],
    ['AWS::SQS::Queue', 'QueueName', 80],
    ['AWS::CloudWatch::Alarm', 'AlarmName', 255],
    ['AWS::CloudWatch::CompositeAlarm', 'AlarmName', 255],
  ])('of %s is as long as AWS takes it', (Type, property, longest) => {
    const named = (length: number) => ({ One: { Type, Properties: { [property]: 'x'.repeat(length) } } });
    expect(check(named(longest))).not.toThrow();
    expect(check(named(longest + 1))).toThrow(`takes names of ${longest} letters: xxx`);
  });

  test('is of one resource of its kind, alarms of both kinds together; all faults come at once', () => {
    const alarm = (Type: string) => ({ Type, Properties: { AlarmName: 'a' } });
    const composite = 'AWS::CloudWatch::CompositeAlarm';
    const resources = { A: queue('a'), B: queue('b'), C: alarm('AWS::CloudWatch::Alarm') };
    expect(check(resources)).not.toThrow();
    expect(check({ ...resources, D: alarm(composite), E: queue('b') })).toThrow(
      /two of AWS::CloudWatch::Alarm would be called a: .*\n.*two of AWS::SQS::Queue would be called b/,
    );
  });

  test('that CloudFormation makes is its own affair', () => {
    expect(
      check({ A: queue({ Ref: 'X' }), B: queue({ Ref: 'X' }), C: { Type: 'AWS::SQS::Queue' } }),
    ).not.toThrow();
  });
});
