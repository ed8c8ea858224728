/** Keeps work in `pending` until it has ended, well or badly; for those who have to wait for it. */
export function whilePending<T>(pending: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  pending.add(work);
  const forget = () => pending.delete(work);
  // The work's own failure is its caller's to report; here only the book is kept.
  work.then(forget, forget);
  return work;
}
