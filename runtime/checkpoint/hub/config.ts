/** `config.json` of a published checkpoint: its family, and the options of the family's model. */
import type { Files } from '../files.ts';
import { FileProblem, readText } from '../files.ts';
import type { Family, OptionRule } from './family.ts';
import { knownFamilies } from './family.ts';

export type Config = Readonly<Record<string, unknown>>;
/** Values of options by name; a function by its name. */
export type Options = Readonly<Record<string, number | boolean | string>>;

/** Any JSON object. Throws FileProblem. */
export function readJsonObject(files: Files, path: string, most = 2 ** 28): Config {
  let value: unknown;
  try {
    value = JSON.parse(readText(files, path, most));
  } catch (error) {
    if (error instanceof FileProblem) throw error;
    throw new FileProblem(path, `it is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FileProblem(path, 'it is no object in braces');
  return value as Config;
}

/** The family that a configuration names. Throws FileProblem that lists those that are known. */
export function familyOf(path: string, config: Config): Family {
  const all = knownFamilies();
  const type = config.model_type;
  const found = all.find(({ types }) => types.some((one) => one === type));
  if (found !== undefined) return found;
  const known = all.flatMap(({ types }) => types).join(', ');
  throw new FileProblem(
    path,
    `model_type is ${JSON.stringify(type) ?? 'missing'}; known are ${known}. Another model: write it in a .bond file and give its names with --names`,
  );
}

/** The options that a configuration states. Throws FileProblem with everything that cannot be said with the family's model. */
export function optionsOf(path: string, config: Config, family: Family): Options {
  const problems: string[] = [];
  for (const [key, allowed] of Object.entries(family.requires)) {
    const value = valueAt(config, key);
    if (value === undefined || allowed.some((one) => one === value)) continue;
    problems.push(`${key} is ${JSON.stringify(value)}; ${family.model} has ${allowed.map((one) => JSON.stringify(one)).join(' or ')}`);
  }
  const options = new Map<string, number | boolean | string>();
  for (const [name, rule] of Object.entries(family.options)) {
    const value = optionOf(config, typeof rule === 'string' ? { from: rule } : rule, problems);
    if (value !== undefined) options.set(name, value);
  }
  for (const [name, rule] of Object.entries(family.options)) {
    if (typeof rule === 'string' || rule.minus === undefined || !options.has(name)) continue;
    options.set(name, Number(options.get(name)) - Number(options.get(rule.minus) ?? 0));
  }
  if (problems.length > 0)
    throw new FileProblem(path, `it cannot be said with ${family.model}:\n${problems.map((one) => `  ${one}`).join('\n')}`);
  return Object.fromEntries(options);
}

/** Names of the classes of its head, in their order; undefined where it says none, or numbers alone (`LABEL_0`). */
export function classNames({ id2label }: Config): string[] | undefined {
  if (typeof id2label !== 'object' || id2label === null) return undefined;
  const names = Object.keys(id2label).map((_, k) => (id2label as Config)[String(k)]);
  const all = names.every((name, k): name is string => typeof name === 'string' && name !== `LABEL_${k}`);
  return all && names.length > 0 && new Set(names).size === names.length ? (names as string[]) : undefined;
}

function optionOf(config: Config, { from, values, plus }: OptionRule, problems: string[]): number | boolean | string | undefined {
  for (const key of typeof from === 'string' ? [from] : from) {
    const value = valueAt(config, key);
    if (value === undefined || value === null) continue;
    if (values !== undefined) {
      const found = Object.entries(values).find(([theirs]) => theirs === value)?.[1];
      if (typeof found === 'string' || typeof found === 'boolean' || typeof found === 'number') return found;
      problems.push(`${key} is ${JSON.stringify(value)}; known are ${Object.keys(values).join(', ')}`);
      return undefined;
    }
    if (key === 'id2label' && typeof value === 'object') return Object.keys(value).length;
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      return typeof value === 'number' ? value + (plus ?? 0) : value;
    problems.push(`${key} is ${JSON.stringify(value)?.slice(0, 60)}, expected a number or true or false`);
    return undefined;
  }
  return undefined;
}

/** `rope_parameters.rope_theta`: a key within an object. */
function valueAt(config: Config, key: string): unknown {
  return key.split('.').reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    return (at as Config)[part];
  }, config);
}
