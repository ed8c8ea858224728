import { expect, test } from '@jest/globals';
import { safeUrl } from '../../../../functions/alarm-delivery/links.ts';

test('nothing that markup of any sink gives a meaning to is left in a link', () => {
  const written = safeUrl('https://wiki.example.com/a|b<c>d"e\'f`g(h)i[j]k{l}m\\n^o*p~q#r|s*t');
  expect(written).toMatch(/^https:\/\/[A-Za-z0-9%./#]+$/);
  expect(written).toContain('e%27f%60g%28h%29i%5Bj%5Dk');
  expect(written).toMatch(/o%2Ap%7Eq#r%7Cs%2At$/);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'wiki/runbook.md',
  '',
  'https://me@wiki.example.com/',
  'https://:mine@wiki.example.com/',
  `https://wiki.example.com/${'x'.repeat(2_900)}`,
  `https://wiki.example.com/${'*'.repeat(1_000)}`,
])('%.60s is no link', (text) => {
  expect(safeUrl(text)).toBeNull();
});
