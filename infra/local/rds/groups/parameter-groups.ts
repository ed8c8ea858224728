import { AwsFault } from '../../gateway/service.ts';
import { POSTGRES_MAJORS } from '../../postgres/binaries.ts';
import { type RdsContext, stateOf } from '../context.ts';
import type { Instance } from '../state.ts';

/** A parameter group, as far as there are any here: the engine's defaults, and those that instances were made with. */
export interface ParameterGroup {
  readonly name: string;
  /** `postgres15` */
  readonly family: string;
  /** Those that use it; none has it without the server's own answer. */
  readonly instances: readonly Instance[];
}

/** Throws `DBParameterGroupNotFound` for a name that no instance has and that is no default. */
export function findParameterGroup(rds: RdsContext, region: string, name: string): ParameterGroup {
  const instances = [...stateOf(rds, region).instances.values()].filter(
    ({ parameterGroup }) => parameterGroup === name,
  );
  const major =
    instances[0]?.traits.major ?? POSTGRES_MAJORS.find((known) => name === `default.postgres${known}`);
  if (major) return { name, family: `postgres${major}`, instances };
  throw new AwsFault('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`, 404);
}
