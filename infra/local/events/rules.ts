import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A function and the event pattern that starts it. */
export interface Rule {
  readonly functionName: string;
  readonly pattern: unknown;
}

/**
 * Reads the event rules out of `functions/<job>/function.yml`: each function's `events: - eventBridge: { pattern }`.
 * CloudFormation tags are read as the plain value beneath them, `${…}` stays text. Throws on a file that is not YAML.
 */
export async function loadRules(projectRoot: string): Promise<Rule[]> {
  const rules: Rule[] = [];
  const files: string[] = [];
  for await (const file of glob('functions/*/function.yml', { cwd: projectRoot })) files.push(file);
  for (const file of files.toSorted()) {
    rules.push(...rulesIn(await readFile(join(projectRoot, file), 'utf8'), file));
  }
  return rules;
}

/** The rules of one function file; `file` names it in errors. */
export function rulesIn(text: string, file: string): Rule[] {
  let functions: unknown;
  try {
    // Tags such as !Sub and !GetAtt are unknown to YAML: their values are taken as they stand.
    functions = parse(text, { logLevel: 'error' });
  } catch (cause) {
    throw new Error(`Reading the event rules of ${file} failed: ${cause}`, { cause });
  }
  return Object.entries(functions ?? {}).flatMap(([functionName, definition]) =>
    patternsOf(definition).map((pattern) => ({ functionName, pattern })),
  );
}

interface FunctionDefinition {
  readonly events?: readonly { readonly eventBridge?: { readonly pattern?: unknown } }[];
}

function patternsOf(definition: FunctionDefinition | null): unknown[] {
  const events = definition?.events ?? [];
  return events.flatMap((event) => (event.eventBridge?.pattern ? [event.eventBridge.pattern] : []));
}
