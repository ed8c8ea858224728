import { expect, test } from '@jest/globals';
import { emailMessage } from '../../../../../functions/alarm-delivery/sinks/email.ts';
import { subjectOf } from '../../../../../functions/alarm-delivery/sinks/sns.ts';
import { wordsOf } from '../../../../../functions/alarm-delivery/words.ts';
import { cpuAlert, pageMaker } from '../../../../support/alarm-pages.ts';

test.each([
  ['CRITICAL: Łódź-żółw of Zürich', 'CRITICAL: Lodz-zolw of Zurich'],
  ['Straße, Ærø', 'Strasse, AEro'],
  ['東京', 'Nightshift'],
  ['CRITICAL: 東京-cpu', 'CRITICAL: -cpu'],
  ['', 'Nightshift'],
  ['x'.repeat(99), 'x'.repeat(99)],
  ['x'.repeat(100), `${'x'.repeat(91)} ... cut`],
])('the subject of %s is of ASCII, and of fewer than 100 characters', (title, subject) => {
  expect(subjectOf(title)).toBe(subject);
});

test('a mail repeats in its text a title that the subject cannot hold, and no other', () => {
  const textOf = (name: string) => {
    const page = pageMaker()({ alerts: [{ ...cpuAlert, name }] });
    return emailMessage(wordsOf(page)).text;
  };
  expect(textOf('menotime-żółw')).toContain('CRITICAL: menotime-żółw');
  expect(textOf('menotime-cpu')).not.toContain('CRITICAL: menotime-cpu');
});
