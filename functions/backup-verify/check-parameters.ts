import type { BackupVerifyConfig } from '../../shared/config/schema.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { valueIn } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts } from './facts.ts';
import { fail, pass, warn } from './say.ts';

type Posture = BackupVerifyConfig['posture'];

const forceSsl = 'rds.force_ssl';

/** The parameters that the config says something of. */
export function wantedParameters({ tlsForced, parameters }: Posture): string[] {
  return [...(tlsForced === undefined ? [] : [forceSsl]), ...Object.keys(parameters)];
}

/** Values of the parameter group beside those of the config: TLS forced, and whatever else is named. */
export function checkParameters(facts: Facts, { settings }: Expected): Finding[] {
  const { posture } = settings;
  const instance = valueIn(facts.instance);
  if (!instance || wantedParameters(posture).length === 0) return [];
  if (!facts.parameters) {
    const advice = 'Run the checks again once the instance is available.';
    return [fail('parameters', 'RDS tells no parameter group of the instance.', { advice })];
  }
  const values = valueIn(facts.parameters);
  if (!values) return [];
  const group = instance.parameterGroup ?? '';
  return [
    ...checkTls(values[forceSsl] ?? null, posture.tlsForced, group),
    ...Object.entries(posture.parameters).map(([name, wanted]) =>
      checkParameter({ name, wanted, value: values[name], group }),
    ),
    ...(instance.rebootPending ? [tellPending(group)] : []),
  ];
}

function checkTls(value: string | null, wanted: boolean | undefined, group: string): Finding[] {
  if (wanted === undefined) return [];
  const check = 'TLS';
  const forced = value === '1' || value === 'on';
  const fact = forced ? 'Connections without TLS are refused.' : 'Connections without TLS are let in.';
  const limit = `the config: ${wanted ? 'forced' : 'not forced'}`;
  if (forced === wanted) return [pass(check, fact, { limit })];
  const advice = change(group, forceSsl, wanted ? '1' : '0');
  return [wanted ? fail(check, fact, { limit, advice }) : warn(check, fact, { limit, advice })];
}

interface Compared {
  readonly name: string;
  readonly wanted: string;
  /** Null where the engine's default holds; undefined where the group has no such parameter. */
  readonly value: string | null | undefined;
  readonly group: string;
}

function checkParameter({ name, wanted, value, group }: Compared): Finding {
  const check = `parameter ${name}`;
  const limit = wanted;
  if (value === undefined) {
    const advice = `See whether the name in "posture.parameters" is right.`;
    return fail(check, `The parameter group ${group} has no such parameter.`, { limit, advice });
  }
  const fact = value === null ? "It is not set: the engine's own default holds." : `It is ${value}.`;
  return value === wanted
    ? pass(check, fact, { limit })
    : warn(check, fact, { limit, advice: change(group, name, wanted) });
}

function tellPending(group: string): Finding {
  const fact = `Values of ${group} were changed and wait for a reboot: what is said of parameters holds after it.`;
  return warn('parameters', fact, { advice: 'Reboot the instance in its maintenance window.' });
}

function change(group: string, name: string, wanted: string): string {
  // Those that AWS makes cannot be changed.
  if (group.startsWith('default.')) {
    return `If it is meant so, say so in "posture"; otherwise make a parameter group of your own (\`aws rds create-db-parameter-group\`), set ${name} to ${wanted} in it, assign it (\`aws rds modify-db-instance --db-instance-identifier … --db-parameter-group-name …\`), and reboot the instance: values of ${group} cannot be changed.`;
  }
  return `If the change is meant, say so in "posture"; otherwise: \`aws rds modify-db-parameter-group --db-parameter-group-name ${group} --parameters 'ParameterName=${name},ParameterValue="${wanted}",ApplyMethod=pending-reboot'\``;
}
