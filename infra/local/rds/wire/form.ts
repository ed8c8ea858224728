import { AwsFault } from '../../gateway/service.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** The parameters of one call in AWS's Query protocol: `Tags.Tag.1.Key=…`. */
export interface Form {
  text(name: string): string | undefined;
  /** Throws `MissingParameter` when it is absent or empty. */
  required(name: string): string;
  integer(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  time(name: string): Date | undefined;
  /** `list('ExportOnly', 'member')` reads `ExportOnly.member.1`, `.2`, …; undefined when there is none. */
  list(name: string, member: string): string[] | undefined;
  tags(): Tag[] | undefined;
  filters(): Filter[];
}

export function parseForm(body: string): Form {
  const parameters = new URLSearchParams(body);
  const text = (name: string) => parameters.get(name) ?? undefined;
  const list = (name: string, member: string) => numbered(parameters, `${name}.${member}`, text);
  return {
    text,
    required: (name) => text(name) || missing(name),
    integer: (name) => parse(name, text(name), /^-?\d+$/, Number),
    flag: (name) => parse(name, text(name), /^(true|false)$/, (value) => value === 'true'),
    time: (name) => parse(name, text(name), /^\d{4}-\d\d-\d\dT/, (value) => new Date(value)),
    list,
    tags: () =>
      numbered(parameters, 'Tags.Tag', (path) => ({
        Key: text(`${path}.Key`) || missing(`${path}.Key`),
        Value: text(`${path}.Value`) ?? '',
      })),
    filters: () =>
      numbered(parameters, 'Filters.Filter', (path) => ({
        name: text(`${path}.Name`) || missing(`${path}.Name`),
        values: list(`${path}.Values`, 'Value') ?? [],
      })) ?? [],
  };
}

function missing(name: string): never {
  throw new AwsFault('MissingParameter', `The request must contain the parameter ${name}.`);
}

function parse<T>(
  name: string,
  value: string | undefined,
  shape: RegExp,
  read: (value: string) => T,
): T | undefined {
  if (value === undefined || value === '') return undefined;
  if (!shape.test(value)) throw new AwsFault('InvalidParameterValue', `Invalid value ${value} for ${name}.`);
  return read(value);
}

/** Reads `prefix.1`, `prefix.2`, … for as long as there are parameters with such a name. */
function numbered<T>(
  parameters: URLSearchParams,
  prefix: string,
  read: (path: string) => T | undefined,
): T[] | undefined {
  const found: T[] = [];
  const names = [...parameters.keys()];
  for (let index = 1; ; index += 1) {
    const path = `${prefix}.${index}`;
    if (!names.some((name) => name === path || name.startsWith(`${path}.`))) break;
    const item = read(path);
    if (item !== undefined) found.push(item);
  }
  return found.length > 0 ? found : undefined;
}
