/** States in which an instance writes nothing, so that nothing can be lost, and RDS makes no backup of it. */
const resting: readonly string[] = ['stopped', 'stopping'];

/** States that end by themselves are none of these; of the others, RDS makes no backup, or nothing can be had back. */
const broken =
  /^(failed|storage-full|restore-error|insufficient-capacity|upgrade_failed|deleting|delete-precheck|incompatible-|inaccessible-encryption-credentials)/;

export function isResting({ status }: { readonly status: string }): boolean {
  return resting.includes(status);
}

export function isBroken({ status }: { readonly status: string }): boolean {
  return broken.test(status);
}

/** Its key cannot be used, and with it none of its backups. */
export function lacksKey({ status }: { readonly status: string }): boolean {
  return status.startsWith('inaccessible-encryption-credentials');
}
