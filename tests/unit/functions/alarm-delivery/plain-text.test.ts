import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cut,
  cutMark,
  cutWritten,
  linesOf,
  oneLine,
} from '../../../../functions/alarm-delivery/plain-text.ts';
import { hostileText } from '../../../support/alarm-pages.ts';

test('a line keeps what people read, and nothing that they do not see', () => {
  expect(oneLine('  CPU\tof\r\nmenotime\u2028is  high ')).toBe('CPU of menotime is high');
  expect(oneLine('a\u202Eb\u200Bc\u0000d\u001B[31me')).toBe('abcd[31me');
  expect(oneLine('half \uD800 of one')).toBe('half \uFFFD of one');
  expect(oneLine('Zürich 東京 😀')).toBe('Zürich 東京 😀');
  expect(oneLine(`e${'\u0301'.repeat(500)}`)).toHaveLength(4);
});

test('a name of fillers alone is empty, and what is no character is left out', () => {
  expect(oneLine('\u3164\u115f\uffa0\u2800\u034f\ufe0f')).toBe('');
  expect(oneLine('a\ufffeb\uffffc\ufdd0d\u{1ffff}e')).toBe('abcde');
  expect(linesOf('a\uffff\n\u3164')).toEqual(['a']);
});

test('lines keep their indentation; empty ones are left out', () => {
  expect(linesOf('SELECT 1\r\n\tFROM t\u2028\n\n  WHERE true  ')).toEqual([
    'SELECT 1',
    '  FROM t',
    '  WHERE true',
  ]);
});

test('what is cut says so, and halves no character', () => {
  expect(cut('short', 10)).toBe('short');
  expect(cut('x'.repeat(20), 10)).toBe('xxxx … cut');
  expect(cut('😀'.repeat(10), 11)).toBe('😀😀 … cut');
  expect(cutWritten('<'.repeat(20), 24, (text) => text.replaceAll('<', '&lt;'))).toBe(
    '&lt;&lt;&lt;&lt; … cut',
  );
});

test.each([
  ['a letter with its marks', 'e\u0301'],
  ['a flag', '🇵🇱'],
  ['a hand with its colour', '👋🏽'],
])('%s is kept whole or left out', (_what, character) => {
  const text = character.repeat(10);
  for (let most = cutMark.length; most < text.length; most++) {
    for (const shorter of [cut(text, most), cutWritten(text, most, (same) => same)]) {
      expect(shorter.replace(cutMark, '').replaceAll(character, '')).toBe('');
      expect(shorter.length).toBeLessThanOrEqual(most);
    }
  }
});

test('is as long as allowed at most, whatever it is given', () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 20, max: 3_000 }), (text, most) => {
      expect(cut(oneLine(text), most).length).toBeLessThanOrEqual(most);
      expect(cut(oneLine(text), most).isWellFormed()).toBe(true);
      expect(oneLine(oneLine(text))).toBe(oneLine(text));
    }),
  );
});
