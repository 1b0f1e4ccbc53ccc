/**
 * Squeezing in training: when the conditions of the statement still hold, its criterion picks bonds, and the cores at their ends move to
 * the balanced gauge, cut; off trees all cores of the weight are fitted again.
 * `while` and `until` are stop rules: once they end a squeeze it is over, as in Liu et al. (ACL 2021, algorithm 2); or a loss that is too
 * high is waited for, as their released code does.
 */

import type { Bond } from '../../../compiler/index.ts';
import type { Squeezed } from '../../../compiler/values/decision.ts';
import type { Model } from '../../../compiler/values/model.ts';
import { bondNameOf, legOf } from '../../../compiler/values/term.ts';
import { carryOut } from '../../weights/carry-out.ts';
import type { BondCut } from '../../weights/squeeze.ts';
import type { Squeeze } from '../../weights/squeeze-choice.ts';
import { chooseCuts, classesWith } from '../../weights/squeeze-choice.ts';
import type { HostTensor } from '../../weights/tensor.ts';
import { parametersOf, tensorsOfCuts } from '../transport.ts';
import { endedBy, waits } from './condition.ts';
import type { Change, Outcome, Scene } from './event.ts';

/** Bonds that a line of the log names; the record of the next step has all. */
const SHOWN = 3;

export type SqueezeScene = Pick<Scene<Squeeze>, 'event' | 'model' | 'state' | 'taken' | 'loss' | 'reference' | 'recovers'>;

/** Deterministic in the scene, of which it needs neither session nor request. */
export function squeeze(scene: SqueezeScene): Outcome {
  const { event, model, state, taken } = scene;
  if (waits(scene)) return { is: 'wait' };
  const over = endedBy(scene);
  if (over !== undefined) return { is: 'end', said: `no more squeezing: ${over}` };
  const values = parametersOf(model, state);
  const cuts = chooseCuts(model, values, classesWith(model, event.bonds), event, taken.length);
  if (cuts.length === 0) return { is: 'end', said: 'no more squeezing: every bond of it has size 1' };
  return changeOf(model, values, cuts);
}

/** What cuts make of a model, for the schedule and for a squeeze by hand. */
export function changeOf(model: Model, values: readonly HostTensor[], cuts: readonly BondCut[]): Change {
  const { values: after, error } = carryOut(model, values, cuts);
  const sizes = cuts.map(({ bonds: [bond], size }) => ({ weight: model.weights[bond.weight].path, leg: bond.leg, size }));
  const decision: Squeezed = { is: 'squeeze', sizes, error };
  const titles = cuts.map(({ bonds: [first] }) => bondTitle(model, first));
  const names = titles.map(({ bond, weight }) => `${bond} of ${weight}`);
  const steps = cuts.map(({ bonds, size }, k) => `${names[k]} ${bonds[0].size} -> ${size}${sharedText(bonds.length)}`);
  return {
    is: 'change',
    decision,
    tensors: tensorsOfCuts(model, values, after, cuts),
    said: `squeeze ${steps.slice(0, SHOWN).join(', ')}${steps.length > SHOWN ? ` and ${steps.length - SHOWN} more` : ''}, relative error ${error.toExponential(2)}`,
    measured: { squeeze_error: error, ...Object.fromEntries(cuts.map(({ size }, k) => [`bond/${names[k]}`, size])) },
  };
}

/** What a bond is called, and whose it is. */
export function bondTitle(model: Model, { weight, leg }: Pick<Bond, 'weight' | 'leg'>): { readonly weight: string; readonly bond: string } {
  const { network, leg: own } = legOf(model.weights[weight], leg)!;
  return { weight: model.weights[weight].path, bond: bondNameOf(network, network.legs[own]) };
}

function sharedText(count: number): string {
  return count === 1 ? '' : ` (with ${count - 1} bound to it)`;
}
