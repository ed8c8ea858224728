/**
 * Minutes in which a question that reads everything begins its pieces, the largest first: what is left by then is
 * told, and not begun. An invocation has 15.
 */
export const beginWithinMinutes = 11;

/** Whether there is time left, of so many minutes from now. */
export function timeFor(minutes: number): () => boolean {
  const endsAt = performance.now() + minutes * 60_000;
  return () => performance.now() < endsAt;
}

/** What work answers, and the seconds that it took, to the tenth. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: Math.round((performance.now() - startedAt) / 100) / 10 };
}
