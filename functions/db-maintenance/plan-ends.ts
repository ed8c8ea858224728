import type { Lack, SessionFact } from './facts.ts';

export interface EndAction {
  readonly kind: 'end session';
  readonly session: SessionFact;
  readonly target: string;
  readonly reason: string;
}

export interface EndPlan {
  readonly actions: readonly EndAction[];
  readonly untouched: readonly {
    readonly target: string;
    readonly reason: string;
    readonly remedy: string | null;
  }[];
}

/** Sessions over their limit, the oldest first; those that must not be ended are named with the reason. */
export function planEnds(
  sessions: readonly SessionFact[],
  { mayEndSessions, role }: { readonly mayEndSessions: boolean; readonly role: string },
): EndPlan {
  const lack: Lack | null = mayEndSessions
    ? null
    : { reason: `${role} may not signal other sessions`, remedy: `GRANT pg_signal_backend TO ${role};` };
  const oldest = [...sessions].sort((a, b) => b.minutes - a.minutes || a.pid - b.pid);
  const kept = (session: SessionFact) => session.spared ?? lack?.reason ?? null;
  return {
    actions: oldest
      .filter((session) => kept(session) === null)
      .map((session) => ({
        kind: 'end session',
        session,
        target: describeSession(session),
        reason: reasonOf(session),
      })),
    untouched: oldest.flatMap((session) => {
      const reason = kept(session);
      if (reason === null) return [];
      const remedy = session.spared === null ? (lack?.remedy ?? null) : null;
      return [{ target: describeSession(session), reason: `${reasonOf(session)}, but ${reason}`, remedy }];
    }),
  };
}

/** `session 4711 (menotime_app, "reports")`. */
export function describeSession({ pid, user, application }: SessionFact): string {
  return `session ${pid} (${user}, ${JSON.stringify(application)})`;
}

function reasonOf({ kind, minutes, command, queryId, text }: SessionFact): string {
  const what =
    kind === 'select' ? `its ${command} has run` : `it has been idle in a transaction, after ${command},`;
  const which = [queryId === null ? null : `query id ${queryId}`, text]
    .filter((part) => part !== null)
    .join(': ');
  return `${what} for ${Math.floor(minutes)} min${which === '' ? '' : ` (${which})`}`;
}
