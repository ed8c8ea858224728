import { describe, expect, test } from '@jest/globals';
import { route } from '../../../../functions/alarm-fanout/route.ts';
import { alarmsConfig, alert } from '../../../support/alarm-fixtures.ts';

const now = new Date('2026-11-21T10:00:00Z');
const sinksOf = (config: Record<string, unknown>) => route(alert, alarmsConfig(config), now).sinks;

describe('a route', () => {
  test('that fits is the only one, unless it says to go on', () => {
    const to = [{ to: ['chat'] }, { to: ['pager'] }];
    expect(sinksOf({ routes: to })).toEqual(['chat']);
    expect(sinksOf({ routes: [{ to: ['chat'], andOn: true }, { to: ['pager'] }] })).toEqual([
      'chat',
      'pager',
    ]);
  });

  test('that goes on names a sink once', () => {
    expect(sinksOf({ routes: [{ to: ['chat'], andOn: true }, { to: ['chat'] }] })).toEqual(['chat']);
  });

  test('is passed by outside of its hours', () => {
    const hours = { from: '10:01', to: '24:00' };
    expect(sinksOf({ routes: [{ to: ['pager'], hours }, { to: ['chat'] }] })).toEqual(['chat']);
  });
});

describe('what no route fits', () => {
  const routes = [{ severities: ['critical'], to: ['pager'] }];

  test('goes to the fallback', () => {
    expect(route(alert, alarmsConfig({ routes, fallback: 'chat' }), now)).toEqual({
      sinks: ['chat'],
      routes: [],
    });
  });

  test('goes to every sink where there is no fallback', () => {
    expect(sinksOf({ routes })).toEqual(['chat', 'pager']);
  });
});
