import { expect, test } from '@jest/globals';
import type { SnapshotExportRequest } from '../../../../functions/snapshot-export/event.ts';
import type { Facts } from '../../../../functions/snapshot-export/facts.ts';
import { planMaking } from '../../../../functions/snapshot-export/plan.ts';
import {
  automatedSnapshot,
  copyOf,
  exportOf,
  noFacts,
  ownSnapshot,
} from '../../../support/snapshot-export-facts.ts';
import { exportSettings, nightlyRequest } from '../../../support/snapshot-export-request.ts';

const context = { stage: 'prod', databaseName: 'menotime_prod', now: new Date('2026-01-02T03:30:00Z') };
const name = 'nightshift-prod-menotime-2026-01-02';
const copying = { settings: exportSettings({ copyTo: { region: 'us-east-1' } }) };

function plan(facts: Partial<Facts>, request: Partial<SnapshotExportRequest> = {}) {
  return planMaking({ ...noFacts, ...facts }, { ...nightlyRequest, ...request }, context);
}

test('a snapshot that was deleted after its rows were counted is followed by one of another name', () => {
  expect(plan({ countedNames: [name] }).snapshot).toMatchObject({
    kind: 'take snapshot',
    target: `${name}-r2`,
  });
});

test('an export and a copy of a snapshot that is gone count for nothing', () => {
  const gone = ownSnapshot(name);
  const facts = { exportTasks: [exportOf(gone)], copies: [copyOf(gone)], countedNames: [gone.identifier] };
  expect(plan(facts, copying)).toMatchObject({
    snapshot: { kind: 'take snapshot', target: `${name}-r2` },
    export: { kind: 'start export', target: `${name}-r2` },
    copy: { kind: 'copy snapshot', target: `${name}-r2` },
  });
});

test('an export of a snapshot that is still there is adopted with it', () => {
  const own = ownSnapshot(name);
  expect(plan({ snapshots: [own], exportTasks: [exportOf(own)] })).toMatchObject({
    snapshot: { kind: 'adopt snapshot', target: own.identifier, own: true },
    export: { kind: 'adopt export' },
  });
});

test('where the second region could not be asked, nothing is planned there, and all the rest is', () => {
  expect(plan({ copies: undefined }, copying)).toMatchObject({
    snapshot: { kind: 'take snapshot' },
    export: { kind: 'start export' },
    copy: null,
  });
});

test('where 0 hours are allowed, not even the snapshot that was announced is adopted', () => {
  const request = {
    announcedSnapshot: automatedSnapshot.identifier,
    settings: exportSettings({ adoptAutomatedHours: 0 }),
  };
  expect(plan({ snapshots: [automatedSnapshot] }, request).snapshot.kind).toBe('take snapshot');
});
