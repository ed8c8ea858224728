import type { ArchiveVerification } from '../../shared/archive/verify-archive.ts';
import { counted } from '../../shared/verify/counted.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { fail, few, pass } from './say.ts';

/** One finding for the whole archive; `nightshift archive verify` names every fault. */
export function judgeArchive({ faults, files, batches, manifests }: ArchiveVerification): Finding {
  const check = 'archive';
  const limit = 'every file there, with its size, and named by ledger and manifests';
  if (faults.length === 0) {
    const fact = `${counted(batches, 'batch', 'batches')} in the ledger, ${counted(files, 'file')}, ${counted(manifests, 'manifest')}: nothing is missing, changed in size or extra.`;
    return pass(check, fact, { limit });
  }
  const named = faults.map(({ kind, what }) => `${kind}: ${what}`);
  const fact = `${counted(faults.length, 'fault')} in the archive: ${few(named)}.`;
  const advice =
    '`nightshift archive verify` names each, and docs/runbooks/audit-archive.md says what to do.';
  return fail(check, fact, { limit, advice });
}
