import { expect, test } from '@jest/globals';
import { describeFailure } from '../../../cli/failure.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4566'), { code: 'ECONNREFUSED' });

test('a stack that has ended is named, with what to do', () => {
  expect(describeFailure(refused, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })).toBe(
    'Nothing answers at AWS_ENDPOINT_URL (connect ECONNREFUSED 127.0.0.1:4566). Start `nightshift up` and paste what it prints, or unset it.',
  );
});

test('what refuses a connection elsewhere is not taken for it', () => {
  for (const AWS_ENDPOINT_URL of ['http://127.0.0.1:4567', 'nonsense', undefined])
    expect(describeFailure(refused, { AWS_ENDPOINT_URL })).toBe(refused.message);
});
