/**
 * A call of a whole program as one node. Its inputs are the callee's sources, in their order; its value is the callee's first
 * output. Kept whole through differentiation, then inlined; `gradient` may replace the derived gradient.
 */

import { evaluate } from '../../values/evaluate.ts';
import { AxisError, type Operation, type Pick, type Table } from '../../values/operation.ts';
import type { Call, Id, MapOp, Output, Program, Source } from '../../values/program.ts';
import { printType, sameShape } from '../../values/shape.ts';
import { Builder } from '../builder.ts';
import { differentiate, sourceKey } from '../differentiate.ts';
import { sampleAxes, sampleScalar } from '../sample.ts';

/** Nodes of the callee that the inputs of a call stand for. */
export function parametersOf(callee: Program): Id[] {
  return [...callee.nodes.keys()].filter((id) => callee.nodes[id].operation === 'source');
}

/** The record needs the table that it stands in: the callee is evaluated and differentiated with it. */
export function call(table: Table): Operation<Call> {
  return {
    name: 'call',
    infer(a, inputs) {
      const parameters = parametersOf(a.callee);
      if (parameters.length !== inputs.length)
        throw new AxisError(`${a.callee.name} takes ${parameters.length} inputs, given are ${inputs.length}`);
      parameters.forEach((id, k) => {
        const { type } = a.callee.nodes[id];
        if (!sameShape(type, inputs[k]))
          throw new AxisError(`input ${k} of ${a.callee.name} is ${printType(type)}, given is ${printType(inputs[k])}`);
      });
      if (a.callee.outputs.length === 0) throw new AxisError(`${a.callee.name} has no output`);
      return a.callee.nodes[a.callee.outputs[0].value].type;
    },
    print: (a, inputs) => `call ${a.callee.name}(${inputs.join(' ')})`,
    gradient(a, at) {
      const parameters = parametersOf(a.callee).map((id) => a.callee.nodes[id].attributes as Source);
      const wanted = parameters.filter((_, k) => at.wanted(k)).map(sourceKey);
      const joint = a.gradient ?? derived(a.callee, wanted);
      return parameters.map(({ name }, k) => {
        const output = joint.outputs.find((candidate) => candidate.kind === 'gradient' && candidate.name === name);
        if (!at.wanted(k) || output === undefined) return null;
        const callee = { ...joint, name: `${a.callee.name}'${name}`, outputs: [output] };
        return at.add<Call>('call', [...at.inputs, at.cotangent], { callee });
      });
    },
    reference(a, inputs, context) {
      const values = new Map(parametersOf(a.callee).map((id, k) => [a.callee.nodes[id].attributes, inputs[k].data]));
      return evaluate(a.callee, table, (source) => values.get(source)!, context)[0].value;
    },
    lower(a) {
      throw new Error(`the call of ${a.callee.name} must be inlined before it is lowered`);
    },
    spell(a) {
      throw new Error(`the call of ${a.callee.name} must be inlined before it is spelt`);
    },
    sample,
  };

  /** Gradients of the first result with one more source, its cotangent, behind all others; named by length, so that it is new in a gradient too. */
  function derived(callee: Program, wanted: readonly string[]): Program {
    const result: Output = { kind: 'result', name: `value${callee.nodes.length}`, value: callee.outputs[0].value };
    return differentiate({ ...callee, outputs: [result] }, table, { wanted }).program;
  }

  /** A map of two operands, kept as a function. */
  function sample(pick: Pick) {
    const domain = sampleAxes(pick, pick.integer(0, 2));
    const builder = new Builder(table);
    const whole = domain.map((_, axis) => axis);
    const type = { dtype: 'real', axes: domain } as const;
    const inputs = ['x', 'y'].map((name) => builder.source({ kind: 'input', name, rate: 'batch' }, type));
    const value = sampleScalar(pick, ['real', 'real'], domain.length, 3);
    const id = builder.add<MapOp>('map', inputs, { domain, reads: [whole, whole], value });
    const callee = builder.program('sample', [{ kind: 'result', name: 'value', value: id }]);
    return { attributes: { callee }, inputs: [type, type] };
  }
}
