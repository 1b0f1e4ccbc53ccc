/**
 * The end of a step: gradients become new states. Optimisers are expressions over maps in the program itself, so they fuse, gate and run
 * on every engine. Frozen parameters get nothing; a gate leaves weight, moments and decay of its step untouched; a mask does so entry by
 * entry. Parameters that stay orthogonal are stepped along their manifold. In phase `update` the sums that a tape made are read and zeroed.
 */
import type { OptimiserSpec, StepOptions } from '../../values/executable.ts';
import type { Mask, Model, Parameter } from '../../values/model.ts';
import type { Table } from '../../values/operation.ts';
import type { Id, MapOp, Output, Program, Scalar } from '../../values/program.ts';
import { Builder } from '../builder.ts';
import { maskScalar, rampSource } from '../masks.ts';
import { apply, number, read } from '../scalar.ts';
import { adamw } from './adamw.ts';
import { clipFactor, gradientNorm } from './clip.ts';
import type { Manifold, Optimiser, Slot } from './optimiser.ts';
import { stiefel } from './orthogonal.ts';
import { sgd } from './sgd.ts';

export const optimisers: Readonly<Record<OptimiserSpec['kind'], Optimiser>> = { adamw, sgd };

export function isTrainable(parameter: Parameter): boolean {
  return !parameter.update.frozen;
}
/** The host bit that decides whether a parameter is stepped: `gate/3`, `turn/5=2`, or both joined by `&`. */
export function gateName({ update }: Parameter): string | undefined {
  if (update.frozen) return undefined;
  const parts = [
    ...(update.gate === undefined ? [] : [`gate/${update.gate}`]),
    ...(update.turn === undefined ? [] : [`turn/${update.turn.clock}=${update.turn.value}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('&');
}
/** Entries that are stepped; undefined: all. */
export function updateMask({ update, keep }: Parameter): Mask | undefined {
  const masks = [...(update.frozen || update.where === undefined ? [] : [update.where]), ...(keep === undefined ? [] : [keep])];
  return masks.length < 2 ? masks[0] : { is: 'and', of: masks };
}

/** Appends the update to a program that has gradient outputs; in phase `update` the program is only its name. */
export function update(program: Program, table: Table, model: Model, options: StepOptions): Program {
  const phase = options.phase ?? 'whole';
  if (phase === 'gradients' || phase === 'importance') return program;
  const builder = new Builder(table, program.nodes, { path: '', section: 'update' });
  const trained = phase === 'update' ? model.parameters.filter(isTrainable) : reached(program, model);
  const gradients = trained.map((parameter) => tangentOf(builder, parameter, gradientOf(program, builder, parameter, phase)));
  const kept = program.outputs.filter((output) => output.kind !== 'gradient');
  const { optimiser } = options;
  if (optimiser === undefined) throw new Error('a training step needs an optimiser; use phase gradients to get gradients alone');
  const steps = new Updates(builder, optimiser, model);
  const share = phase === 'update' || (options.accumulate ?? 1) > 1;
  const { factor, results } = steps.factor(trained, gradients, share);
  const states = trained.flatMap((parameter, k) => steps.step(parameter, gradients[k], factor));
  const zeroed = phase === 'update' ? trained.map((parameter) => zero(builder, parameter)) : [];
  return builder.program(program.name, [...kept, ...results, ...states, ...zeroed]);
}

function reached(program: Program, model: Model): Parameter[] {
  const names = new Set(program.outputs.flatMap((output) => (output.kind === 'gradient' ? [output.name] : [])));
  return model.parameters.filter((parameter) => names.has(parameter.names[0]));
}
const sumName = (parameter: Parameter) => `${parameter.names[0]}.gradient`;
const sumSource = (builder: Builder, parameter: Parameter): Id =>
  builder.source({ kind: 'state', name: sumName(parameter), rate: 'update' }, { dtype: 'real', axes: parameter.legs });

function gradientOf(program: Program, builder: Builder, parameter: Parameter, phase: 'whole' | 'update'): Id {
  if (phase === 'update') return sumSource(builder, parameter);
  return program.outputs.find((output) => output.kind === 'gradient' && output.name === parameter.names[0])!.value;
}
/** What a step can use of a gradient, and so what clipping counts. */
function tangentOf(builder: Builder, parameter: Parameter, gradient: Id): Id {
  return manifoldOf(builder, parameter)?.tangent(gradient) ?? gradient;
}
function manifoldOf(builder: Builder, parameter: Parameter): Manifold | undefined {
  return parameter.orthogonal === undefined ? undefined : stiefel(builder, valuesOf(builder, parameter), parameter.orthogonal);
}
const valuesOf = (builder: Builder, parameter: Parameter): Id =>
  builder.source({ kind: 'parameter', name: parameter.names[0], rate: 'update' }, { dtype: 'real', axes: parameter.legs });

function zero(builder: Builder, parameter: Parameter): Output {
  return { kind: 'state', name: sumName(parameter), value: builder.constant(0, { dtype: 'real', axes: parameter.legs }) };
}

class Updates {
  readonly #builder: Builder;
  readonly #spec: OptimiserSpec;
  readonly #groups = new Map<number, string>();

  constructor(builder: Builder, spec: OptimiserSpec, model: Model) {
    this.#builder = builder;
    this.#spec = spec;
    for (const { name, parameters } of spec.groups) {
      for (const id of parameters) {
        const before = this.#groups.get(id);
        if (before !== undefined)
          throw new Error(`${model.parameters[id].names[0]} is in the optimiser groups ${before} and ${name}; one is allowed`);
        this.#groups.set(id, name);
      }
    }
  }

  /** The factor of all gradients: clipping, and where they are `shared`, being sums over micro-batches, the share of each. */
  factor(trained: readonly Parameter[], gradients: readonly Id[], shared: boolean): { factor?: Id; results: Output[] } {
    const builder = this.#builder;
    const share = shared ? this.#scalar('share') : undefined;
    if (!this.#spec.clip || trained.length === 0) return { factor: share, results: [] };
    const counted = trained.map((parameter, k) => ({
      gradient: gradients[k],
      counted: this.#masked(parameter, [gradients[k]], read(0), undefined),
      gate: this.#gate(parameter),
    }));
    const times = (x: Id, y: Id | undefined): Id => (y === undefined ? x : this.#number([x, y], apply('mul', read(0), read(1))));
    const norm = times(gradientNorm(builder, counted), share);
    const factor = times(clipFactor(builder, norm, this.#scalar('clip')), share);
    return { factor, results: [{ kind: 'result', name: 'gradient_norm', value: norm }] };
  }

  /** State outputs of one parameter. */
  step(parameter: Parameter, gradient: Id, factor: Id | undefined): Output[] {
    const builder = this.#builder;
    const path = parameter.names[0];
    const group = this.#groups.get(parameter.id);
    if (group === undefined) throw new Error(`${path} is trained but in no group of the optimiser`);
    builder.origin = { path, section: 'update' };
    const rule = optimisers[this.#spec.kind];
    const kept = rule.states(this.#spec, parameter);
    const slot: Slot = {
      parameter: valuesOf(builder, parameter),
      gradient,
      states: kept.map(({ name, alike }) => {
        const type = { dtype: 'real', axes: alike ? parameter.legs : [] } as const;
        return builder.source({ kind: 'state', name: `${path}.${name}`, rate: 'update' }, type);
      }),
      factor,
      rate: this.#scalar(`rate/${group}`),
      decay: this.#scalar(`decay/${group}`),
      manifold: manifoldOf(builder, parameter),
      scalar: (name) => this.#scalar(name),
      number: (inputs, value) => this.#number(inputs, value),
      map: (inputs, value, old) => this.#masked(parameter, inputs, value, old),
    };
    const next = rule.step(slot, this.#spec);
    const when = this.#gate(parameter);
    const names = [path, ...kept.map(({ name }) => `${path}.${name}`)];
    return [next.parameter, ...next.states].map((value, k) => ({
      kind: 'state',
      name: names[k],
      value,
      ...(when === undefined ? {} : { when }),
    }));
  }

  #scalar(name: string): Id {
    return this.#builder.source({ kind: 'input', name, rate: 'update' }, { dtype: 'real', axes: [] });
  }
  #gate(parameter: Parameter): Id | undefined {
    const name = gateName(parameter);
    return name === undefined ? undefined : this.#builder.source({ kind: 'input', name, rate: 'update' }, { dtype: 'bit', axes: [] });
  }
  #number(inputs: readonly Id[], value: Scalar): Id {
    return this.#builder.add<MapOp>('map', inputs, { domain: [], reads: inputs.map(() => []), value });
  }
  /** `old` (absent: 0) where the update mask is false. Inputs are of the parameter's shape or of rank 0. */
  #masked(parameter: Parameter, inputs: readonly Id[], value: Scalar, old: Id | undefined): Id {
    const builder = this.#builder;
    const mask = updateMask(parameter);
    const domain = parameter.legs;
    const whole = domain.map((_, axis) => axis);
    const all = [...inputs];
    const position = (id: Id) => (all.includes(id) ? all.indexOf(id) : all.push(id) - 1);
    let chosen = value;
    if (mask !== undefined) {
      const outside = old === undefined ? number(0) : read(position(old));
      const { condition, inputs: ramps } = maskScalar(mask, all.length, (name) => rampSource(builder, name));
      all.push(...ramps);
      chosen = apply('select', condition, value, outside);
    } else if (old === undefined) return inputs[0];
    const reads = all.map((id) => (builder.type(id).axes.length === 0 ? [] : whole));
    return builder.add<MapOp>('map', all, { domain, reads, value: chosen });
  }
}
