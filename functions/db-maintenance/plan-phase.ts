import type { Client } from 'pg';
import type { DbMaintenanceRequest } from './event.ts';
import type { ServerFact } from './facts.ts';
import type { Phase, PhasePlan } from './plan.ts';
import { planIndexes } from './plan-indexes.ts';
import { planIntegrity } from './plan-integrity.ts';
import { planVacuum } from './plan-vacuum.ts';
import { readChecks } from './read-checks.ts';
import { readIndexes } from './read-indexes.ts';
import { readInvalidIndexes } from './read-invalid-indexes.ts';
import { readRoom } from './read-room.ts';
import { readSpareIndexes } from './read-spare-indexes.ts';
import { readTables } from './read-tables.ts';
import { scopeOf } from './scope.ts';

export interface PhaseOrder {
  readonly request: Pick<DbMaintenanceRequest, 'settings' | 'tables' | 'part'>;
  readonly server: ServerFact;
  readonly allocatedGiB: number;
  readonly measured: Map<string, number>;
  readonly until: number;
  /** Ids of what was tried before in this run. */
  readonly tried: readonly string[];
  /** What was looked through before in this run. */
  readonly checkedBytes: number;
}

/** What there is to do in a phase, as the database is at this moment. */
export async function planPhase(client: Client, phase: Phase, order: PhaseOrder): Promise<PhasePlan> {
  const { request, server, tried } = order;
  const { settings } = request;
  const scope = scopeOf(request);
  const planning = { window: settings.window, now: new Date() };
  switch (phase) {
    case 'vacuum': {
      const tables = await readTables(client, server, settings.vacuum, scope, tried);
      return planVacuum(tables, settings.vacuum, planning, request.part);
    }
    case 'indexes': {
      const indexes = await readIndexes(client, server, scope, { ...order, bloat: settings.bloat });
      const invalid = await readInvalidIndexes(client, server, scope);
      const spare = await readSpareIndexes(client, scope);
      const freeBytes = await readRoom(client, order.allocatedGiB);
      return planIndexes({ indexes, invalid, spare, freeBytes }, server, settings, planning);
    }
    case 'integrity': {
      const objects =
        settings.integrity.everyDays === 0
          ? []
          : await readChecks(client, scope, settings.integrity.everyDays);
      return planIntegrity(objects, server, settings.integrity, planning, order.checkedBytes);
    }
  }
}
