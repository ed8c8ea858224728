/**
 * Gives the memory of bytes back that nobody looks at any more, where they have a buffer of their own. The garbage
 * collector sees small views of large buffers, and runs the more often for them.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached && byteLength > buffer.byteLength / 2)
    buffer.transfer(0);
}
