import { expect, test } from '@jest/globals';
import { checkParameters } from '../../../../functions/backup-verify/check-parameters.ts';
import { expecting, withInstance } from '../../../support/verify-facts.ts';

const adviceFor = (parameterGroup: string) => {
  const facts = { ...withInstance({ parameterGroup }), parameters: { value: { 'rds.force_ssl': '0' } } };
  return checkParameters(facts, expecting({ posture: { tlsForced: true } }))[0]?.advice;
};

test('a parameter group of one’s own is changed', () => {
  expect(adviceFor('menotime-postgres15')).toContain(
    'modify-db-parameter-group --db-parameter-group-name menotime-postgres15',
  );
});

test('one of AWS’s cannot be: another is made, and assigned', () => {
  const advice = adviceFor('default.postgres15');
  expect(advice).not.toContain('modify-db-parameter-group');
  expect(advice).toMatch(/create-db-parameter-group.*rds\.force_ssl to 1.*assign it/);
});
