import { expect, test } from '@jest/globals';
import { formatRecoveryTime } from '../../../../infra/local/postgres/recovery.ts';
import { renderSettings } from '../../../../infra/local/postgres/settings.ts';

const certificate = { certificateFile: '/c/server.crt', keyFile: '/c/server.key' };

test('settings are quoted, and a parameter group cannot switch off what recovery needs', () => {
  const text = renderSettings({
    certificate,
    archiveFolder: "/it's/archive",
    parameters: { work_mem: '5MB', archive_mode: 'off' },
  });
  expect(text).toContain("basic_archive.archive_directory = '/it''s/archive'\n");
  expect(text).toContain("work_mem = '5MB'\n");
  expect(text).toContain("archive_mode = 'on'\n");
  expect(renderSettings({ certificate })).toContain("archive_mode = 'off'\n");
});

test('recovery times have neither T nor Z', () => {
  expect(formatRecoveryTime(new Date('2026-01-02T03:04:05.678Z'))).toBe('2026-01-02 03:04:05.678+00');
});
