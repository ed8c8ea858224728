import { expect, test } from '@jest/globals';
import { shorten } from '../../../../functions/alarm-delivery/shorten.ts';
import type { Telling } from '../../../../functions/alarm-delivery/telling.ts';
import { asText } from '../../../../functions/alarm-delivery/text.ts';

const telling: Telling = {
  mood: 'critical',
  title: 'CRITICAL: menotime-cpu',
  paragraphs: ['It is busy.', 'Very.'],
  facts: [{ label: 'Alarm', value: 'menotime-cpu' }],
  sections: [
    { heading: 'Short', lines: ['one'], code: false },
    { heading: 'Long', lines: Array.from({ length: 40 }, (_, line) => `line ${line}`), code: false },
  ],
  links: [{ text: 'Runbook', url: 'https://wiki.example.com/' }],
  pictureUrl: 'https://pictures.example.com/1.png',
  footer: 'Nightshift',
};
const within = (most: number) => (shorter: Telling) => asText(shorter, { titled: true }).length <= most;

test('what fits stays as it is', () => {
  expect(shorten(telling, within(10_000))).toBe(telling);
});

test('the longest part is cut first, and says how much is missing', () => {
  const { sections } = shorten(telling, within(450));
  expect(sections[0]?.lines).toEqual(['one']);
  expect(sections[1]?.lines.at(0)).toBe('line 0');
  const kept = (sections[1]?.lines.length ?? 0) - 1;
  expect(sections[1]?.lines.at(-1)).toBe(`… cut: ${40 - kept} more`);
});

test('what is missing is counted however often it is cut', () => {
  for (const most of [450, 350, 300, 250]) {
    const lines = shorten(telling, within(most)).sections.at(-1)?.lines ?? [];
    const [, missing] = /^… cut: (\d+) more$/.exec(lines.at(-1) ?? '') ?? [];
    expect([most, lines.length - 1 + Number(missing)]).toEqual([most, 40]);
  }
});

test('title, facts and footer are never cut', () => {
  const shortest = shorten(telling, () => false);
  expect(shortest).toMatchObject({ title: telling.title, facts: telling.facts, footer: telling.footer });
  expect(shortest).toMatchObject({
    sections: [],
    links: [],
    pictureUrl: null,
    paragraphs: ['It is busy. … cut'],
  });
});

test('a single long line is cut as well', () => {
  const long = { ...telling, sections: [{ heading: 'One', lines: ['x'.repeat(5_000)], code: true }] };
  const [section] = shorten(long, within(1_000)).sections;
  expect(section?.lines[0]).toMatch(/^x+ … cut$/);
});
