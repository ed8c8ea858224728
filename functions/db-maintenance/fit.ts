/** As many of these, from the first on, as fit into so many bytes of JSON. */
export function fitting<T>(items: readonly T[], bytes: number): T[] {
  let left = bytes;
  const end = items.findIndex((item) => {
    left -= sizeOf(item);
    return left < 0;
  });
  return items.slice(0, end < 0 ? items.length : end);
}

/** Bytes of JSON, with what parts it from its neighbour. */
export function sizeOf(item: unknown): number {
  return Buffer.byteLength(JSON.stringify(item) ?? '') + 2;
}
