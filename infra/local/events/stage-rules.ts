import type { Deployment } from '../../aws/deployment.ts';
import { loadRules, type Rule } from './rules.ts';

const variable = /^\$\{file\(infra\/stage\.js\):(\w+)\}$/;

/**
 * The event rules as a stage deploys them: those of the project's function files, with what the framework takes from
 * `infra/stage.js` filled in from the same deployment. Throws on a variable that the deployment does not have.
 */
export async function stageRules(deployment: Deployment, projectRoot: string): Promise<Rule[]> {
  const rules = await loadRules(projectRoot);
  return rules.map(({ functionName, pattern }) => ({ functionName, pattern: filled(pattern, deployment) }));
}

function filled(value: unknown, deployment: Deployment): unknown {
  if (typeof value === 'string') return textOrValue(value, deployment);
  if (Array.isArray(value)) return value.map((item) => filled(item, deployment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, deployment)]));
}

function textOrValue(text: string, deployment: Deployment): unknown {
  const name = variable.exec(text)?.[1];
  if (name === undefined) return text;
  if (Object.hasOwn(deployment, name)) return deployment[name as keyof Deployment];
  throw new Error(`Filling in ${text} of an event pattern failed: a deployment has no "${name}".`);
}
