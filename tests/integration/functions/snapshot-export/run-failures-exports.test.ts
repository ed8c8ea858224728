import { describe } from '@jest/globals';
import { testOrderedFaults, useFailingRuns } from './failing-runs.ts';

describe('an export that ends badly', () => {
  testOrderedFaults(useFailingRuns(), [
    {
      what: 'the export ends as FAILED',
      fault: { kind: 'export-fails', cause: 'The table public.patients holds a value over 500 MB.' },
      says: [/ended as FAILED/, /holds a value over 500 MB/, /next start of this slot/],
      again: ['exports'],
    },
    {
      what: 'the export is cancelled',
      long: true,
      fault: { kind: 'export-is-cancelled' },
      says: [/ended as CANCELED/],
      again: ['exports'],
    },
    {
      what: 'the export completes with a warning',
      fault: {
        kind: 'export-warns',
        warningMessage: JSON.stringify({
          skippedTables: [{ target: 'menotime_demo.public.patients', reason: 'ROW_TOO_LARGE' }],
          skippedObjectives: [],
          general: [],
        }),
      },
      says: [/public\.patients/, /acceptSkipped/],
    },
    {
      what: 'the export completes with a general warning',
      long: true,
      fault: {
        kind: 'export-warns',
        warningMessage:
          '{"skippedTables":[],"skippedObjectives":[],"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}',
      },
      says: [/FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE/],
    },
    {
      what: 'the export sticks',
      fault: { kind: 'export-sticks' },
      says: [/was still (STARTING|IN_PROGRESS)/, /cancel-export-task/],
    },
  ]);
});
