/** When two calls of layers are the same but for the layer's weights and the values that it is given. */
import type * as tree from '../../../grammar/tree.ts';
import type { Path, ValueId, WeightId } from '../../values/model.ts';
import type { Draft, Instance, MemberNode, StaticValue } from '../draft.ts';
import type { Elaboration, Frame } from './context.ts';
import type { Interval } from './interval.ts';
import type { Tensor } from './value.ts';

export class Kinds {
  private readonly draft: Draft;
  private readonly objects = new Map<object, number>();
  private readonly kinds = new Map<string, number>();
  private readonly ofInstances = new Map<Instance, number>();

  constructor(draft: Draft) {
    this.draft = draft;
  }

  /** Undefined where a call depends on more than is compared here. Values that the body may name are added to `given`, in order. */
  call(to: Elaboration, frame: Frame, declaration: tree.Fn | tree.Forward, given: ValueId[]): string | undefined {
    const { layer, formal, rest, locals } = frame;
    if (layer === undefined || layer.instances.length !== 1 || layer.chosen.length > 0) return undefined;
    const said = [this.object(declaration), this.instance(layer.instances[0]), [...formal].flat().join(), rest?.join() ?? '-'];
    const number = (id: ValueId) => {
      const known = given.indexOf(id);
      return known >= 0 ? known : given.push(id) - 1;
    };
    for (const [name, value] of locals) {
      const one = value.is === 'static' ? this.fixed(value.value) : value.is === 'tensor' ? tensorKey(to, value, number) : undefined;
      if (one === undefined) return undefined;
      said.push(`${name}=${one}`);
    }
    return said.join('|');
  }

  /** From the weights of one layer to those of another of its kind; others stay. */
  weights(from: Instance, to: Instance): (weight: WeightId) => WeightId {
    if (from === to) return (weight) => weight;
    const others = [...weightsIn(to)];
    const map = new Map([...weightsIn(from)].map((weight, k) => [weight, others[k]]));
    return (weight) => map.get(weight) ?? weight;
  }

  private object(value: object): number {
    const known = this.objects.get(value);
    if (known !== undefined) return known;
    this.objects.set(value, this.objects.size);
    return this.objects.size - 1;
  }

  /** Layers of one number have the same text, axes, options and members under the same names. Where they stand does not matter. */
  private instance(of: Instance): number {
    const known = this.ofInstances.get(of);
    if (known !== undefined) return known;
    const { declaration, items, axes, options, members, conditional, outer } = of;
    const said = [
      declaration === undefined ? '' : this.object(declaration),
      this.object(items),
      [...axes].flat().join(),
      [...options].map(([name, value]) => `${name}=${this.fixed(value) ?? `#${this.object(value)}`}`).join(),
      [...conditional].map(([name, member]) => `${name}=${this.object(member)}`).join(),
      outer === undefined ? '' : this.object(outer),
      ...[...members].map(([name, node]) => `${name}=${this.member(node, of.path)}`),
    ].join(';');
    const kind = this.kinds.get(said) ?? this.kinds.size;
    this.kinds.set(said, kind);
    this.ofInstances.set(of, kind);
    return kind;
  }

  private member(node: MemberNode, path: Path): string {
    if (node.is === 'instance') return `${relative(node.instance.path, path)}:${this.instance(node.instance)}`;
    if (node.is === 'weight') {
      const weight = this.draft.weights[node.weight];
      return `${relative(weight.path, path)}:${weight.axes.map(({ axis }) => axis).join()}`;
    }
    if (node.is !== 'family') return `${node.is}${this.object(node)}`;
    const ranges = node.ranges.map(({ from, to }) => `${from}..${to}`).join();
    return `${ranges}${node.over?.name ?? ''}(${node.items.map((item) => this.member(item, path)).join()})`;
  }

  private fixed(value: StaticValue): string | undefined {
    if (value.is === 'number') return Object.is(value.value, -0) ? '-0' : String(value.value);
    if (value.is === 'boolean') return String(value.value);
    if (value.is === 'tuple') return `(${value.items.join()})`;
    if (value.is === 'function') return `${value.name}${value.declaration === undefined ? '' : this.object(value.declaration)}`;
    return undefined;
  }
}

/** What follows the path of a layer in one of its own; undefined for another's. */
export function below(path: Path, of: Path): string | undefined {
  return path.startsWith(of) && (of === '' || path.length === of.length || '.['.includes(path[of.length]))
    ? path.slice(of.length)
    : undefined;
}

/** Where a member does not stand below its layer, by the whole path: then only the same layer is like it. */
const relative = (path: Path, of: Path) => below(path, of) ?? `!${path}`;

function* weightsIn({ members }: Instance): Generator<WeightId> {
  for (const node of members.values()) yield* weightsOf(node);
}

function* weightsOf(node: MemberNode): Generator<WeightId> {
  if (node.is === 'weight') yield node.weight;
  else if (node.is === 'instance') yield* weightsIn(node.instance);
  else if (node.is === 'family') for (const item of node.items) yield* weightsOf(item);
}

/** All that a body can learn of a tensor. A fit of a fit is one fit, so what it was fitted from belongs to it. */
function tensorKey(to: Elaboration, { id, axes, type, index, range, free, affine }: Tensor, number: (id: ValueId) => number): string {
  const made = to.builder.expression(id);
  const fitted = made.is === 'refit' ? `${number(made.of)}${JSON.stringify(made.moves)}` : '';
  const sum = affine === undefined ? '' : `${[...affine.terms].join()}+${affine.constant}`;
  return [number(id), axes.join(), type, index?.axis ?? '', range ? rangeKey(range) : '', free, sum, fitted].join(':');
}

function rangeKey({ low, high }: Interval): string {
  return `${low.plus} ${low.axis ?? ''} ${high.plus} ${high.axis ?? ''}`;
}
