/** What a run that is resumed may have otherwise than it began. */
import { profileFrom } from './calibrate.ts';
import { type Context, Problem } from './context.ts';
import { type EngineName, shippedProfile } from './engines.ts';
import type { RunSettings } from './prepare.ts';

export interface Onward {
  /** In all. */
  readonly steps?: number | undefined;
  /** A profile may be named again, if it is the same. */
  readonly machine?: string | undefined;
  /** Another one goes on within rounding, by the profile that is shipped for it. */
  readonly engine?: EngineName | undefined;
}

/** `moved`: to another engine. Throws Problem where values would change their precision, or the profile is of another engine. */
export function onwardFrom(
  context: Context,
  began: RunSettings,
  { steps = began.steps, machine, engine = began.engine }: Onward,
): { readonly settings: RunSettings; readonly moved: boolean } {
  const moved = engine !== began.engine;
  if (moved) tellMoved(context, began.engine, engine);
  const usual = moved ? shippedProfile(engine) : began.profile;
  const profile = machine === undefined ? usual : profileFrom(machine, context, engine);
  return { settings: { ...began, steps, engine, profile }, moved };
}

function tellMoved(context: Context, from: EngineName, to: EngineName): void {
  if (from === 'reference' || to === 'reference')
    throw new Problem(
      `the run is on engine ${from} and cannot go on with ${to}: one has double precision, the other single; begin a new one --from it`,
    );
  context.err(`from engine ${from} to ${to}: the run goes on within rounding, not bit for bit\n`);
}
