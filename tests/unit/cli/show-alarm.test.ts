import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeAlarmNight } from '../../../cli/show-alarm.ts';
import { slackMessage } from '../../../functions/alarm-delivery/sinks/slack.ts';
import { wordsOf } from '../../../functions/alarm-delivery/words.ts';
import { alarmPage, cpuAlert, recoveryPage } from '../../support/alarm-pages.ts';

const at = '2026-11-21T10:00:03.000Z';
const inChat = (page: typeof alarmPage) =>
  ({ sink: 'chat', kind: 'slack', at, body: slackMessage(wordsOf(page)) }) as const;
const folder = '.nightshift/objects/runs/alarm-delivery';

test('an alarm of the night is shown as the chat shows it, with its proof', () => {
  const said = describeAlarmNight({
    alarm: cpuAlert.name,
    connections: 12,
    toldWithinSeconds: 1.2,
    told: [inChat(alarmPage)],
    toldAgain: [],
    recovered: [inChat(recoveryPage)],
    receipts: [
      {
        version: 1,
        page: alarmPage.id,
        kind: 'alarm',
        stage: 'demo',
        incident: cpuAlert.key,
        alarms: [cpuAlert.key],
        sink: 'chat',
        attempts: 2,
        madeAt: alarmPage.at,
        firstTriedAt: at,
        deliveredAt: at,
        latencyMs: 1_000,
        answer: { status: 200, words: null, ts: null },
        path: join(process.cwd(), folder, 'chat/2026-11-21/a.json.data'),
      },
    ],
  });
  expect(said).toContain('  │ 🔴 CRITICAL: menotime-cpu\n');
  expect(said).toContain('The same event, delivered again, made nothing.');
  expect(said).toContain('  │ 🟢 Over: menotime-cpu\n');
  expect(said).toContain(`The proof of each delivery lies below ${folder}\n`);
  expect(said).toMatch(/\n2026-11-21 10:00:03 UTC {2}alarm {2}chat {2}1\.0 s +2$/);
});
