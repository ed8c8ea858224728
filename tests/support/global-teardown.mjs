export default async function globalTeardown() {
  await globalThis.nightshiftRemoveTemplate?.();
  await globalThis.nightshiftRemoveRunFolder?.();
}
