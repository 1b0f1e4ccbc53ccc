/** `bondsmith calibrate`: measures how long products take on this machine, for plans by predicted time; and profiles as options. */
import type { Profile } from '../../compiler/network/index.ts';
import { NetworkError, profileKey, readProfile } from '../../compiler/network/index.ts';
import { readText } from '../checkpoint/files.ts';
import { calibrate } from '../plan/calibrate.ts';
import type { Context } from './context.ts';
import { command, Problem } from './context.ts';
import { type EngineName, openEngine, shippedProfile } from './engines.ts';
import type { Values } from './options.ts';
import { count, flag, named, text } from './options.ts';
import { onlyOver } from './out.ts';

const options = {
  name: text('<text>', 'what the profile is called (default: this machine)'),
  products: count('<count>', 'how many products are measured (default 240: about a minute)', { least: 24 }),
  json: flag('print {"profile", "key", "products", "off"}'),
};

export const calibrateCommand = command({
  name: 'calibrate',
  argument: '<file>',
  summary: 'Measure how long products take on this machine and write a profile: train, explain and plan take it with --machine',
  options,
  examples: ['bondsmith calibrate machine.json', 'bondsmith train model.bond --text book.txt --out runs/mpo --machine machine.json'],
  run: async ([file], given, context) => run(file, given, context),
});

async function run(file: string, given: Values<typeof options>, context: Context): Promise<number> {
  const { name = 'this machine', products: wanted, json } = given;
  onlyProfiles(file, context);
  const engine = await openEngine('wasm', 0);
  const progress = (done: number, all: number) => context.err(`${done} of ${all} products\n`);
  const { profile, products, off } = await calibrate(engine, processorTime, name, progress, wanted);
  context.files.replace(file, [new TextEncoder().encode(`${JSON.stringify(profile, null, 1)}\n`)]);
  if (json) context.out(`${JSON.stringify({ profile, key: profileKey(profile), products, off })}\n`);
  else
    context.out(
      [
        `${file}: profile ${profileKey(profile)} of engine ${profile.engine}, from ${products} products`,
        ...Object.entries(profile.coefficients).map(([what, value]) => `  ${what.padEnd(10)} ${value} ns`),
        `predictions of them are off by a factor of ${off.median.toFixed(2)} in the middle, one in ten by more than ${off.most.toFixed(2)}`,
        '',
      ].join('\n'),
    );
  return 0;
}

/** An older profile may be written over, nothing else: `calibrate model.bond` is a slip. Throws Problem. */
export function onlyProfiles(file: string, context: Context): void {
  onlyOver(file, context, 'profile', () => profileAt(file, context));
}

/** Milliseconds of this process on a processor: what other processes take does not count. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export const machineOption = named(
  '<file>',
  'plan by the times that this profile predicts (bondsmith calibrate); default: the one shipped for the engine',
);

/** The profile by which contractions are planned: the file's, or the shipped one. Throws Problem where it is of another engine. */
export function profileFrom(path: string | undefined, context: Pick<Context, 'files'>, engine: EngineName): Profile | undefined {
  if (path === undefined) return shippedProfile(engine);
  const profile = profileAt(path, context);
  if (profile.engine === engine) return profile;
  throw new Problem(`${path}: the profile is of engine ${profile.engine}, the engine here is ${engine}`);
}

/** Throws Problem where the file holds no profile, FileProblem where there is none. */
export function profileAt(path: string, { files }: Pick<Context, 'files'>): Profile {
  const text = readText(files, path, 2 ** 20);
  try {
    return profileIn(JSON.parse(text), path);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem(`${path}: not JSON: ${error.message}`);
    throw error;
  }
}

/** The profile that a file holds. Throws Problem. */
export function profileIn(value: unknown, path: string): Profile {
  try {
    return readProfile(value);
  } catch (error) {
    if (error instanceof NetworkError) throw new Problem(`${path}: ${error.message}`);
    throw error;
  }
}
