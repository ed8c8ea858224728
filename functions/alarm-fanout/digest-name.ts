/** The digest of a sink's window. */
export interface DigestName {
  readonly sink: string;
  readonly windowId: string;
}

/** The incident that a digest's alarms are at a sink together: it is over when the last of them is. */
export function stormOf({ sink, windowId }: DigestName): string {
  return `storm:${sink}:${windowId}`;
}
