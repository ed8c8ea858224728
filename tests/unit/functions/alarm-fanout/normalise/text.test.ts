import { describe, expect, test } from '@jest/globals';
import { refuse } from '../../../../../functions/alarm-fanout/normalise/refuse.ts';
import { cut, oneLine, paragraph } from '../../../../../functions/alarm-fanout/normalise/text.ts';

describe('what is cut', () => {
  test('says so, and is no longer than it may be', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdefg', 6)).toBe('abcde…');
  });

  test('ends with a whole character', () => {
    expect(cut('ab😀cd', 4)).toBe('ab…');
    expect(cut('ab😀cd', 5)).toBe('ab😀…');
  });

  test('has no half characters', () => {
    expect(cut('a\ud800b', 6)).toBe('a\ufffdb');
  });
});

test('a line is one line', () => {
  expect(oneLine('  a\r\n\tb\u2028c\u0000\u001b[31md  ', 100)).toBe('a b c [31md');
  expect(oneLine('a b'.repeat(1_000), 10)).toBe('a ba ba b…');
});

test('a paragraph keeps its lines, and nothing else that controls', () => {
  expect(paragraph(' a\nb\u0007c ', 100)).toBe('a\nb c');
  expect(paragraph(' \n ', 100)).toBeNull();
  expect(paragraph(null, 100)).toBeNull();
});

describe('a refusal', () => {
  const messageOf = (fault: string) => {
    try {
      return refuse(fault);
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each(['x', 'λ', '語', '😀', '\ud800', '\u0000'])(
    'fits an attribute of SQS, with a megabyte of %j',
    (letter) => {
      const message = messageOf(letter.repeat(1_000_000));
      expect(Buffer.byteLength(message)).toBeLessThan(4_096);
      expect(message).toMatch(/^[\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      expect(message).toMatch(/"trigger": "test"/);
    },
  );

  test('says as much as there is room for', () => {
    expect(messageOf('x'.repeat(1_000_000))).toMatch(/x{2000}/);
  });

  test('is whole where it is short', () => {
    expect(messageOf('its name is\u0001 wrong')).toMatch(
      /^This message cannot be read: its name is {2}wrong\nalarm-fanout reads/,
    );
  });
});
