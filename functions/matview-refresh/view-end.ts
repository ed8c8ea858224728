/** How a view's part of the run ended, as far as a shift knows. */
export interface ViewEnd {
  readonly status: 'refreshed' | 'skipped' | 'postponed' | 'failed' | 'refused' | 'held up';
  readonly reason: string | null;
  readonly remedy: string | null;
}

export const ended = (
  status: ViewEnd['status'],
  reason: string | null = null,
  remedy: string | null = null,
): ViewEnd => ({ status, reason, remedy });

/** What hangs on a view may be worked on unless that holds something wrong or old by a fault. */
export function mayGoOn({ status }: ViewEnd): boolean {
  return status === 'refreshed' || status === 'skipped' || status === 'postponed';
}
