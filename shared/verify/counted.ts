/** `1 file`, `2 files`, `1 copy`, `2 copies`; `many` where it is more than the one with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
