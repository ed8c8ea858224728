import { describe, expect, test } from '@jest/globals';
import { compilePattern } from '../../../../infra/local/events/pattern.ts';

const event = {
  source: 'aws.rds',
  'detail-type': 'RDS DB Snapshot Event',
  resources: ['arn:aws:rds:us-west-1:111122223333:snapshot:rds:prod-2026-01-02-03-36', 'other'],
  detail: {
    EventID: 'RDS-EVENT-0091',
    EventCategories: ['creation', 'backup'],
    percent: 42.5,
    final: true,
    cause: null,
    empty: '',
    parts: [
      { name: 'a', size: 1 },
      { name: 'b', size: 2 },
    ],
  },
};

const detail = (pattern: object) => ({ detail: pattern });

describe('matches', () => {
  const matching: readonly (readonly [string, object])[] = [
    ['nothing asked', {}],
    ['one of several values', { source: ['aws.ec2', 'aws.rds'] }],
    ['nested fields together with others', { source: ['aws.rds'], detail: { EventID: ['RDS-EVENT-0091'] } }],
    ['any element of an array', detail({ EventCategories: ['backup'] })],
    ['prefix in an array', { resources: [{ prefix: 'arn:aws:rds:' }] }],
    ['prefix without case', detail({ EventID: [{ prefix: { 'equals-ignore-case': 'rds-event' } }] })],
    ['suffix', detail({ EventID: [{ suffix: '0091' }] })],
    ['suffix without case', { source: [{ suffix: { 'equals-ignore-case': 'RDS' } }] }],
    ['anything-but of one', detail({ EventID: [{ 'anything-but': 'RDS-EVENT-0042' }] })],
    ['anything-but of several', detail({ EventID: [{ 'anything-but': ['a', 'b'] }] })],
    ['anything-but a prefix', detail({ EventID: [{ 'anything-but': { prefix: 'EC2' } }] })],
    ['anything-but several suffixes', detail({ EventID: [{ 'anything-but': { suffix: ['1x', '2x'] } }] })],
    ['anything-but of numbers', detail({ percent: [{ 'anything-but': [1, 2] }] })],
    ['exists', detail({ EventID: [{ exists: true }] })],
    ['exists with null', detail({ cause: [{ exists: true }] })],
    ['exists: false', detail({ nothing: [{ exists: false }] })],
    ['exists: false below what is missing', { nothing: { below: [{ exists: false }] } }],
    ['numeric, between', detail({ percent: [{ numeric: ['>', 42, '<=', 42.5] }] })],
    ['numeric, equal', detail({ percent: [{ numeric: ['=', 42.5] }] })],
    ['a number', detail({ percent: [42.5] })],
    ['true', detail({ final: [true] })],
    ['null', detail({ cause: [null] })],
    ['the empty string', detail({ empty: [''] })],
    ['wildcard', { resources: [{ wildcard: 'arn:*:snapshot:rds:prod-*' }] }],
    ['equals-ignore-case', detail({ EventID: [{ 'equals-ignore-case': 'rds-event-0091' }] })],
    ['$or, second', { $or: [{ source: ['x'] }, { detail: { percent: [{ numeric: ['>', 1] }] } }] }],
    [
      '$or beside other fields',
      detail({ EventID: ['RDS-EVENT-0091'], $or: [{ a: ['x'] }, { final: [true] }] }),
    ],
    ['an object in an array', detail({ parts: { name: ['b'], size: [2] } })],
  ];
  test.each(matching)('%s', (_name, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(true);
  });
});

describe('does not match', () => {
  const others: readonly (readonly [string, object])[] = [
    ['another value', { source: ['aws.ec2'] }],
    ['a missing field', detail({ nothing: ['x'] })],
    ['one of two fields', { source: ['aws.rds'], detail: { EventID: ['RDS-EVENT-0042'] } }],
    ['case', { source: ['AWS.RDS'] }],
    ['a number as text', detail({ percent: ['42.5'] })],
    ['anything-but the value', { source: [{ 'anything-but': ['aws.rds'] }] }],
    ['anything-but a prefix of it', { source: [{ 'anything-but': { prefix: 'aws' } }] }],
    ['anything-but where the field is missing', detail({ nothing: [{ 'anything-but': 'x' }] })],
    ['exists of an object', { detail: [{ exists: true }] }],
    ['exists: false of what is there', { source: [{ exists: false }] }],
    ['numeric beyond', detail({ percent: [{ numeric: ['>', 42, '<', 42.5] }] })],
    ['numeric of a text', { source: [{ numeric: ['>', 0] }] }],
    ['wildcard where a dot is no any-character', { source: [{ wildcard: 'aws?rds' }] }],
    ['an escaped star', { source: [{ wildcard: 'aws\\*' }] }],
    ['$or without a match', { $or: [{ source: ['x'] }, { source: ['y'] }] }],
    ['fields of different objects in an array', detail({ parts: { name: ['a'], size: [2] } })],
    ['a pattern below a plain value', { source: { below: ['x'] } }],
  ];
  test.each(others)('%s', (_name, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(false);
  });
});

describe('is refused, rather than never matching', () => {
  const faulty: readonly (readonly [string, unknown])[] = [
    ['an unknown comparison', { source: [{ cidr: '10.0.0.0/8' }] }],
    ['two comparisons in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
    ['a value that is not in a list', { source: 'aws.rds' }],
    ['numeric without a bound', { n: [{ numeric: ['>'] }] }],
    ['a prefix that is no text', { n: [{ prefix: 1 }] }],
    ['no object', ['x']],
  ];
  test.each(faulty)('%s', (_name, pattern) => {
    expect(() => compilePattern(pattern)).toThrow();
  });
});
