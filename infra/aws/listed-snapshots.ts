import { arn, type Value } from './cloudformation.ts';

/** What listing snapshots asks for: they are listed by their instance, also in a region that has only the copies. */
export function listedSnapshots(
  databases: readonly { readonly instance: string }[],
  region: string,
): Value[] {
  const instances = [...new Set(databases.map(({ instance }) => instance))];
  return [
    arn('rds', 'snapshot:*', region),
    ...instances.map((instance) => arn('rds', `db:${instance}`, region)),
  ];
}
