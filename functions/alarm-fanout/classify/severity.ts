import type { Severity } from '../../../shared/alarm/severity.ts';
import { severities } from '../../../shared/alarm/severity.ts';
import type { StageConfig } from '../../../shared/config/schema.ts';
import { matchesName } from '../matches.ts';

interface Asked {
  readonly name: string;
  /** The alarm's tag `nightshift:severity`, where its tags could be read. */
  readonly tag: string | undefined;
  /** What is known of its kind: Nightshift's own alarms, events of RDS. */
  readonly usual: Severity | undefined;
}

/** The config's word goes first, then the alarm's tag, then what is known of its kind, then its name. */
export function findSeverity({ name, tag, usual }: Asked, { alarms }: StageConfig): Severity {
  const configured = alarms?.severities.find((one) => matchesName(one.alarms, name))?.severity;
  const tagged = severities.find((severity) => severity === tag?.trim().toLowerCase());
  return configured ?? tagged ?? usual ?? byWords(name) ?? 'warning';
}

const words: Readonly<Record<Severity, RegExp>> = {
  critical: /-(critical|crit|fatal|emergency|urgent|page|sev-?[01]|p-?[01])-/,
  warning: /-(warning|warn|sev-?2|p-?2)-/,
  info: /-(info|informational|notice|sev-?[345]|p-?[345])-/,
};

/** `dbCpuCritical`, `db_cpu_WARN`, `sev1: cpu`: each word by itself, however they are joined. */
function byWords(name: string): Severity | undefined {
  const joined = name.replace(/([a-z])(?=[A-Z])/g, '$1-').toLowerCase();
  const dashed = `-${joined.replace(/[^a-z0-9]+/g, '-')}-`;
  return severities.find((severity) => words[severity].test(dashed));
}
