import { expect, test } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import { AwsFault } from '../../../../infra/local/gateway/service.ts';
import { DEFAULT_QUOTAS } from '../../../../infra/local/rds/context.ts';
import { parseForm } from '../../../../infra/local/rds/wire/form.ts';
import { paginate } from '../../../../infra/local/rds/wire/pagination.ts';
import { writeFault, writeResult } from '../../../../infra/local/rds/wire/xml.ts';

test('a form gives texts, numbers, flags, times, lists, tags and filters', () => {
  const form = parseForm(
    'A=x&N=20&F=true&T=2026-01-02T03:04:05.678Z&L.member.1=a&L.member.2=&L.member.3=c&Tags.Tag.1.Key=k' +
      '&Tags.Tag.2.Key=k2&Tags.Tag.2.Value=v%26&Filters.Filter.1.Name=n&Filters.Filter.1.Values.Value.1=y',
  );
  expect(form.text('A')).toBe('x');
  expect(form.text('B')).toBeUndefined();
  expect(form.integer('N')).toBe(20);
  expect(form.flag('F')).toBe(true);
  expect(form.time('T')).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  expect(form.list('L', 'member')).toEqual(['a', '', 'c']);
  expect(form.tags()).toEqual([
    { Key: 'k', Value: '' },
    { Key: 'k2', Value: 'v&' },
  ]);
  expect(form.filters()).toEqual([{ name: 'n', values: ['y'] }]);
  expect(() => form.required('B')).toThrow(/must contain the parameter B/);
  expect(() => form.integer('A')).toThrow(/Invalid value x for A/);
});

test('results are written with the member names of their lists, escaped, without what is undefined', () => {
  const { body } = writeResult(
    'DescribeDBSnapshots',
    {
      DBSnapshots: [{ Status: '<&>"', Encrypted: false, At: new Date(0), Absent: undefined, TagList: [] }],
      ExportOnly: ['a', 'b'],
    },
    'id',
  );
  expect(String(body)).toContain('&lt;&amp;&gt;');
  const parsed = new XMLParser({ parseTagValue: false }).parse(String(body));
  expect(parsed.DescribeDBSnapshotsResponse.DescribeDBSnapshotsResult).toEqual({
    DBSnapshots: {
      DBSnapshot: { Status: '<&>"', Encrypted: 'false', At: '1970-01-01T00:00:00.000Z', TagList: '' },
    },
    ExportOnly: { member: ['a', 'b'] },
  });
});

test('a fault says whose it is', () => {
  const sender = writeFault(new AwsFault('DBSnapshotNotFound', 'no <snapshot>', 404), 'id');
  expect(sender.status).toBe(404);
  expect(sender.body).toContain(
    '<Type>Sender</Type><Code>DBSnapshotNotFound</Code><Message>no &lt;snapshot&gt;',
  );
  expect(writeFault(new AwsFault('InternalFailure', 'x', 500), 'id').body).toContain('<Type>Receiver</Type>');
});

test('pages go on after the last key, even if that item is gone meanwhile', () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${String(index).padStart(2, '0')}`);
  const first = paginate(names, parseForm('MaxRecords=20'), (name) => name);
  expect(first.items).toEqual(names.slice(0, 20));
  const remaining = names.filter((name) => name !== 'n19');
  const second = paginate(remaining, parseForm(`MaxRecords=30&Marker=${first.marker}`), (name) => name);
  expect(second.items).toEqual(names.slice(20));
  expect(second.marker).toBeUndefined();
  for (const size of [19, 101]) {
    expect(() => paginate(names, parseForm(`MaxRecords=${size}`), (name) => name)).toThrow(
      /between 20 and 100/,
    );
  }
  expect(() => paginate(names, parseForm('Marker=!!'), (name) => name)).toThrow(/Marker/);
});

test('the quotas are those of the service', () => {
  expect(DEFAULT_QUOTAS).toEqual({
    manualSnapshots: 100,
    instances: 40,
    runningExports: 5,
    runningCopies: 20,
  });
});
