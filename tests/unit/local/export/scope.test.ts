import { describe, expect, test } from '@jest/globals';
import { isDatabaseInScope, isTableInScope } from '../../../../infra/local/export/scope.ts';

const PATIENTS = { database: 'shop', schema: 'public', table: 'patients' };

describe('exportOnly', () => {
  test.each([
    [[], true],
    [['shop'], true],
    [['shop.public'], true],
    [['shop.public.patients'], true],
    [['other', 'shop.public.patients'], true],
    [['shop.public.patient'], false],
    [['shop.publi'], false],
    [['sho'], false],
    [['public.patients'], false],
    [['shop.private'], false],
  ])('%j takes shop.public.patients: %p', (exportOnly, taken) => {
    expect(isTableInScope(exportOnly, PATIENTS)).toBe(taken);
  });

  test('opens only the databases that it names', () => {
    expect(isDatabaseInScope([], 'shop')).toBe(true);
    expect(isDatabaseInScope(['shop.public.patients'], 'shop')).toBe(true);
    expect(isDatabaseInScope(['shop2', 'sho.p'], 'shop')).toBe(false);
  });
});
