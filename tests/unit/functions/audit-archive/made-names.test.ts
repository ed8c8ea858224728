import { expect, test } from '@jest/globals';
import { allRowsView, madeName, partitionName } from '../../../../functions/audit-archive/made-names.ts';

test('names say what they are made from', () => {
  expect(partitionName({ schema: 'public', name: 'scenario_logs_archive' }, '2024-03')).toBe(
    'scenario_logs_archive_2024_03',
  );
  expect(allRowsView({ schema: 'public', name: 'scenario_logs' })).toEqual({
    schema: 'public',
    name: 'v_scenario_logs_all',
  });
});

test('a name that just fits is left as it is', () => {
  expect(madeName('a'.repeat(55), '_2024_03')).toBe(`${'a'.repeat(55)}_2024_03`);
});

test.each(['a', 'ü', '漢', '𝄞'])(
  'names of many %s fit into 63 bytes, are not cut within a letter, and stay apart',
  (letter) => {
    const long = letter.repeat(63);
    const made = [long, `${long}x`, `${long}y`].map((name) => madeName(name, '_2024_03'));
    expect(new Set(made).size).toBe(3);
    for (const name of made) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      expect(name).toMatch(new RegExp(`^${letter}+_[0-9a-f]{8}_2024_03$`, 'u'));
    }
  },
);
