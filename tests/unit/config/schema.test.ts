import { describe, expect, test } from '@jest/globals';
import { chooseStage, defineConfig, parseConfig } from '../../../shared/config/define.ts';
import { ConfigError } from '../../../shared/job/errors.ts';
import { stageInput } from '../../support/stage-config.ts';

const file = 'nightshift.config.ts';
const parse = (stage: object) => parseConfig({ stages: { prod: stage } }, file);
const withDatabase = (more: object) =>
  parse({ ...stageInput, databases: { menotime: { ...stageInput.databases.menotime, ...more } } });
const withExport = (snapshotExport: object) => withDatabase({ snapshotExport });

test('what is left out gets its default', () => {
  const { prod } = parse(stageInput).stages;
  expect(prod).toMatchObject({
    glacierAfterDays: 30,
    logRetentionDays: 365,
    prices: { snapshotExportPerGB: 0.01, interRegionPerGB: 0.02 },
  });
  expect(prod?.databases.menotime).toMatchObject({
    connectTimeoutSeconds: 10,
    statementTimeoutSeconds: 300,
    snapshotExport: {
      schedule: 'cron(30 3 * * ? *)',
      adoptAutomatedHours: 6,
      exactCountUpToMiB: 2_048,
      acceptSkipped: [],
      retention: { keepNewest: 7, snapshotDays: 35, copyDays: 35, exportDays: 731 },
      polling: {
        snapshotSeconds: 30,
        exportSeconds: 180,
        copySeconds: 120,
        placeSeconds: 300,
        settleSeconds: 15,
      },
      patience: { instanceMinutes: 60, snapshotHours: 6, placeHours: 6, exportHours: 24, copyHours: 12 },
    },
  });
  expect(prod?.databases.menotime?.snapshotExport?.tables).toBeUndefined();
});

test('one default may be changed and the others stay', () => {
  const { prod } = withExport({ retention: { keepNewest: 3 } }).stages;
  expect(prod?.databases.menotime?.snapshotExport?.retention).toMatchObject({
    keepNewest: 3,
    snapshotDays: 35,
  });
});

test('the settings of a single check do not travel from one database to another', () => {
  const { prod } = parse({
    ...stageInput,
    databases: { one: stageInput.databases.menotime, two: stageInput.databases.menotime },
  }).stages;
  expect(prod?.databases.one?.snapshotExport?.retention).not.toBe(
    prod?.databases.two?.snapshotExport?.retention,
  );
});

test('every fault is told at once, each with its place', () => {
  const wrong = {
    ...stageInput,
    account: 111122223333,
    regoin: 'x',
    databases: {
      'Meno Time': stageInput.databases.menotime,
      menotime: {
        ...stageInput.databases.menotime,
        instance: 'a--b',
        snapshotExport: { retention: { keepNewest: 0 }, tables: ['patients'], schedule: 'daily' },
      },
    },
  };
  const said = () => parse(wrong);
  expect(said).toThrow(ConfigError);
  expect(said).toThrow(/^nightshift\.config\.ts is not a valid Nightshift config:\n/);
  for (const place of [
    /stages\.prod\.account: .*string/,
    /stages\.prod: Unrecognized key: "regoin"/,
    /stages\.prod\.databases: every name in it must be lower-case letters/,
    /databases\.menotime\.instance: .*lower-case letters/,
    /snapshotExport\.retention\.keepNewest: /,
    /snapshotExport\.tables\.0: .*schema\.table/,
    /snapshotExport\.schedule: .*cron/,
  ]) {
    expect(said).toThrow(place);
  }
});

test('looks that add up to more operations than an execution may have are refused, with what to change', () => {
  const hourly = { snapshotSeconds: 3_600, exportSeconds: 3_600, copySeconds: 3_600, placeSeconds: 3_600 };
  const patience = { instanceMinutes: 60, snapshotHours: 1, placeHours: 1, exportHours: 1, copyHours: 1 };
  const copyTo = { region: 'us-east-1' };
  // Instance twice, snapshot, place and export: one look each. 1,995 remain.
  expect(() => withExport({ polling: hourly, patience: { ...patience, exportHours: 1_996 } })).not.toThrow();
  expect(() => withExport({ polling: hourly, patience: { ...patience, exportHours: 1_997 } })).toThrow(
    /snapshotExport: .*2,001 looks.*2,000.*polling.*patience/,
  );
  expect(() =>
    withExport({ polling: hourly, patience: { ...patience, exportHours: 1_996 }, copyTo }),
  ).toThrow(/2,002 looks/);
});

test('the defaults stay within the operations of an execution, with a copy too', () => {
  expect(() => withExport({ copyTo: { region: 'us-east-1' } })).not.toThrow();
});

test('a log is kept for a time that CloudWatch offers; others are refused with the list', () => {
  expect(parse({ ...stageInput, logRetentionDays: 400 }).stages.prod?.logRetentionDays).toBe(400);
  for (const logRetentionDays of [366, 2, 0, 30.5]) {
    expect(() => parse({ ...stageInput, logRetentionDays })).toThrow(
      /logRetentionDays: one of 1, 3, 5, 7, 14, 30, .*, 3653/,
    );
  }
});

describe('refuses', () => {
  test.each([
    ['an account without quotes', { ...stageInput, account: 1 }],
    ['an account of 11 digits', { ...stageInput, account: '11112222333' }],
    ['an availability zone as region', { ...stageInput, region: 'us-west-1a' }],
    ['a bucket with capitals', { ...stageInput, backupBucket: 'Menotime' }],
    ['a key that is no ARN', { ...stageInput, kmsKeyArn: 'alias/x' }],
    ['no database', { ...stageInput, databases: undefined }],
    ['an empty number', { ...stageInput, glacierAfterDays: '' }],
    ['a number as text', { ...stageInput, glacierAfterDays: '30' }],
  ])('%s', (_what, stage) => {
    expect(() => parse(stage)).toThrow(ConfigError);
  });

  test.each([
    ['both ways to sign in', { auth: { kind: 'iam', user: 'a', secretId: 'b' } }],
    ['no way to sign in', { auth: undefined }],
    ['an unknown way', { auth: { kind: 'password', password: 'x' } }],
    ['an empty database name', { databaseName: '' }],
    ['a timeout of 0', { statementTimeoutSeconds: 0 }],
    ['a timeout longer than half an invocation', { statementTimeoutSeconds: 421 }],
  ])('a database with %s', (_what, more) => {
    expect(() => withDatabase(more)).toThrow(ConfigError);
  });

  test.each([
    ['an empty list of tables', { tables: [] }],
    ['a fraction of a day', { retention: { snapshotDays: 0.5 } }],
    ['more hours than a day', { adoptAutomatedHours: 25 }],
    ['NaN', { adoptAutomatedHours: Number.NaN }],
    ['infinite patience', { patience: { exportHours: Number.POSITIVE_INFINITY } }],
    ['an unknown key', { polling: { snapshotSecond: 1 } }],
  ])('an export with %s', (_what, snapshotExport) => {
    expect(() => withExport(snapshotExport)).toThrow(ConfigError);
  });
});

describe('the stage', () => {
  const config = parse(stageInput);

  test('is chosen by its name', () => {
    expect(chooseStage(config, 'prod', file)).toBe(config.stages.prod);
  });

  test.each(['dev', 'constructor', '__proto__', ''])(
    '%p is not there, and those that are get named',
    (stage) => {
      expect(() => chooseStage(config, stage, file)).toThrow(
        `${file} has no stage "${stage}". It has: prod.`,
      );
    },
  );

  test('is checked when it is read, not when it is defined', () => {
    const raw = { stages: {} };
    expect(defineConfig(raw)).toBe(raw);
  });
});
