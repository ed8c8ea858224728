import type { JobLogEntry } from './job-log.ts';

/** What an entry of restore-drill's log tells a person; undefined for any other. */
export function describeRestoreEntry({ fields }: JobLogEntry): string | undefined {
  const { message, instance, region, status, question, seconds, failed } = fields;
  switch (message) {
    case 'Restore started':
      return `Restoring to ${instance} in ${region}`;
    case 'Restored instance':
      return `${instance} is ${status}`;
    case 'Asking':
      return `Asking: ${question}`;
    case 'Question answered':
      return `Asked: ${question}, in ${seconds} s${Number(failed) > 0 ? `: ${failed} FAILED` : ''}`;
    case 'Deleting the instance':
      return `Deleting ${instance}`;
    default:
      return undefined;
  }
}
