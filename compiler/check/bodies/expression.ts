/** Expressions of bodies: what each kind of node stands for. Static parts fold, the rest becomes statements. */
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';
import { evaluateIn, type Leaf } from '../static.ts';
import { access } from './access.ts';
import { axisIn } from './brackets.ts';
import { evaluateStaticInteger, refuseUndecided } from './choose.ts';
import type { Elaboration, Frame } from './context.ts';
import { nodesOf, nodesValue } from './family.ts';
import { asStatic, binary, operand, operandsOf, unary } from './operate.ts';
import { memberOf, resolve } from './resolve.ts';
import { type FamilyPart, silently, type Tensor, type Value } from './value.ts';

export function evaluate(to: Elaboration, expression: tree.Expression, frame: Frame): Value {
  const at = (node: tree.Expression) => {
    to.builder.place = node.place;
  };
  return evaluateIn<Value>(expression, {
    of: asStatic,
    known: (value) => (value.is === 'static' && (value.value.is === 'number' || value.value.is === 'boolean') ? value.value : undefined),
    leaf(leaf) {
      at(leaf);
      const value = evaluateLeaf(to, leaf, frame);
      if (value.is === 'tensor') to.draft.facts?.tensor(to.draft, leaf.place, value.axes, value.type);
      return value.is === 'error' ? silently() : value;
    },
    unary(node, value) {
      at(node);
      return unary(to, node, operand(value, node.operand.place));
    },
    binary(node, left, right) {
      at(node);
      return binary(to, operandsOf(node), operand(left, node.left.place), operand(right, node.right.place));
    },
    undecided: (condition, value) => refuseUndecided(to, condition, value),
  });
}

function evaluateLeaf(to: Elaboration, expression: Leaf, frame: Frame): Value {
  switch (expression.kind) {
    case 'identifier':
      return resolve(to, frame, expression);
    case 'position':
      return to.position(axisIn(to, frame, expression.name));
    case 'member-of':
      return memberOf(to, frame, expression);
    case 'bracketed':
      return bracketed(to, expression, frame);
    case 'call':
      return to.call(expression, frame);
    case 'tuple':
      return { is: 'several', values: expression.items.map((item) => to.evaluate(item, frame)) };
    default:
      return refuse({ code: 'B106', message: 'this has no meaning in a body', at: expression.place, label: `a ${expression.kind}` });
  }
}

function bracketed(to: Elaboration, expression: tree.Bracketed, frame: Frame): Value {
  const of = to.evaluate(expression.of, frame);
  if (of.is === 'family') return choose(to, frame, of, expression.brackets);
  if (of.is === 'tensor') return access(to, frame, of, expression.brackets, expression.of);
  const isFunction = of.is === 'function' || (of.is === 'static' && of.value.is === 'function');
  return refuse({
    code: 'B106',
    message: isFunction ? 'a function is called with its arguments' : 'only tensors and families are indexed',
    at: expression.place,
    label: isFunction ? 'no arguments' : 'cannot be indexed',
    hint: isFunction ? 'add `(x)`' : undefined,
  });
}

/** `block[3]`: a member; `each[choice]`: for every value of the tensor the member of that number. */
function choose(to: Elaboration, frame: Frame, family: FamilyPart, brackets: tree.Brackets): Value {
  const { ranges } = family.nodes[0];
  if (brackets.items.length !== ranges.length) {
    const message = `the family has ${ranges.length} ${ranges.length === 1 ? 'index' : 'indices'}`;
    return refuse({ code: 'B318', message, at: brackets.place, label: `${brackets.items.length} here` });
  }
  const indices = brackets.items.map((item) => {
    if (item.kind === 'index' && item.range.to === undefined && item.name === undefined) return item.range.from;
    return refuse({ code: 'B325', message: 'one member is chosen by one index', at: item.place, label: 'here' });
  });
  if (ranges.length === 1) {
    const value = operand(to.evaluate(indices[0], frame), indices[0].place);
    if (value.is === 'tensor') return chooseByData(to, family, value, indices[0]);
  }
  let at = 0;
  for (const [k, { from, to: last }] of ranges.entries()) {
    const index = evaluateStaticInteger(to, frame, indices[k], 'the index of a family');
    if (index < from || index > last) {
      refuse({ code: 'B313', message: `${family.name} has no member ${index}`, at: indices[k].place, label: `from ${from} to ${last}` });
    }
    at = at * (last - from + 1) + index - from;
  }
  return nodesOf(to, family, at);
}

function chooseByData(to: Elaboration, family: FamilyPart, index: Tensor, at: tree.Expression): Value {
  const { items } = family.nodes[0];
  const axis = index.index?.axis;
  if (axis === undefined || to.table.size(axis) !== items.length) {
    return refuse({
      code: 'B312',
      message: `a family of ${items.length} is chosen from by positions of an axis of that size`,
      at: at.place,
      label: axis === undefined ? `has ${index.type} values` : `indexes ${to.table.name(axis)} (${to.table.sizeText(axis)})`,
    });
  }
  const inner = { ...family, chosen: [...family.chosen, { axis, index }] };
  return nodesValue(
    to,
    inner,
    family.nodes.flatMap((node) => node.items),
  );
}
