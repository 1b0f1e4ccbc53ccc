/**
 * Classes: one for each layer that differs in tensors, members or code from those before it. A layer's methods are the calls of it that the
 * bodies make; what differs in training stands under `if self.training`.
 */
import type { Law, LayerInstance, Model, Parameter, Path } from '../../values/model.ts';
import type { Written } from './function.ts';
import type { Names, Step } from './names.ts';
import { split } from './names.ts';
import { className, indented, literal } from './python.ts';
import { NotSayable } from './scope.ts';

/** A method by its number in order of first use; equal code in both modes, or one that differs. */
export interface Method {
  readonly name: string;
  readonly doc: string;
  train?: Written;
  eval?: Written;
}
/** A place of the module tree: members in order of their tensors. */
interface Node {
  readonly path: Path;
  readonly members: Map<string, Node>;
  readonly key: boolean;
  parameter?: Parameter;
}

export interface Classes {
  /** Class by class, what is used before who uses it. */
  readonly texts: readonly string[];
  readonly root: string;
}

export function classesOf(model: Model, names: Names, methodsOf: (path: Path) => readonly Method[], ending: readonly string[]): Classes {
  const root = treeOf(model, names, methodsOf);
  const layers = new Map(model.layers.map((layer) => [layer.path, layer]));
  const known = new Map<string, string>();
  const taken = new Map<string, number>();
  const texts: string[] = [];

  const classOf = (node: Node): string => {
    const layer = layers.get(node.path);
    const init = [...node.members].flatMap(([member, child]) => memberLines(`self.${member}`, child));
    const body = [
      ...(init.length === 0 ? [] : initLines([...init, ...(node.path === '' ? ending : [])])),
      ...methodLines(methodsOf(node.path)),
    ];
    while (body.at(-1) === '') body.pop();
    const text = body.length === 0 ? ['pass'] : body;
    const own = node.path === '' ? model.name : layer === undefined || layer.of === 'group' ? lastMember(node.path) : layer.of;
    const key = [className(own), ...text].join('\n');
    const before = known.get(key);
    if (before !== undefined) return before;
    const count = (taken.get(className(own)) ?? 0) + 1;
    taken.set(className(own), count);
    const chosen = count === 1 ? className(own) : `${className(own)}${count}`;
    known.set(key, chosen);
    texts.push([`class ${chosen}(nn.Module):`, ...indented([`"""${docOf(model, layer, node)}"""`, '', ...text])].join('\n'));
    return chosen;
  };

  /** What makes one member of a module. */
  const memberLines = (target: string, node: Node): string[] => {
    if (node.parameter !== undefined) return [`${target} = ${initial(node.parameter)}`];
    const children = [...node.members];
    if (children.every(([, child]) => child.key)) {
      if (children.every(([, child]) => child.parameter !== undefined)) {
        const entries = children.map(([key, child]) => `'${key}': ${initial(child.parameter!)},`);
        return [`${target} = nn.ParameterDict({`, ...indented(entries), '})'];
      }
      return [`${target} = ${dictionary(children)}`];
    }
    if (layers.has(node.path)) return [`${target} = ${classOf(node)}()`];
    return [`${target} = nn.Module()`, ...children.flatMap(([member, child]) => memberLines(`${target}.${member}`, child))];
  };
  const dictionary = (children: readonly (readonly [string, Node])[]): string => {
    const classes = children.map(([, child]) => {
      const inner = [...child.members];
      return inner.length > 0 && inner.every(([, one]) => one.key) && !layers.has(child.path) ? dictionary(inner) : `${classOf(child)}()`;
    });
    const numbers = children.map(([key]) => Number(key));
    const counted = numbers.every((number, k) => number === numbers[0] + k);
    if (counted && classes.length > 1 && classes.every((own) => own === classes[0]))
      return `nn.ModuleDict({str(k): ${classes[0]} for k in range(${numbers[0]}, ${numbers.at(-1)! + 1})})`;
    return `nn.ModuleDict({${children.map(([key], k) => `'${key}': ${classes[k]}`).join(', ')}})`;
  };
  return { root: classOf(root), texts };
}

function treeOf(model: Model, names: Names, methodsOf: (path: Path) => readonly Method[]): Node {
  const root: Node = { path: '', members: new Map(), key: false };
  const at = (steps: readonly Step[], path: Path): Node => {
    let node = root;
    for (const [k, { text, key }] of steps.entries()) {
      const found = node.members.get(text) ?? { path: prefix(path, k + 1), members: new Map(), key };
      node.members.set(text, found);
      node = found;
    }
    return node;
  };
  for (const { path } of model.layers) if (path !== '' && methodsOf(path).length > 0) at(split(path), path);
  for (const parameter of model.parameters) for (const own of parameter.names) at(names.stepsOf(own), own).parameter = parameter;
  return root;
}
/** The first `count` steps of a path. */
function prefix(path: Path, count: number): Path {
  const ends = [...path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map((match) => match.index + match[0].length);
  return path.slice(0, ends[count - 1] ?? path.length);
}
const lastMember = (path: Path): string => split(path).findLast(({ key }) => !key)?.text ?? 'Group';

const initLines = (lines: readonly string[]): string[] => ['def __init__(self):', ...indented(['super().__init__()', ...lines]), ''];

function methodLines(methods: readonly Method[]): string[] {
  return methods.flatMap((method, k) => {
    const { train = method.eval!, eval: evaluated = method.train! } = method;
    if (train.parameters.join() !== evaluated.parameters.join())
      throw new NotSayable(`${method.doc}: training and evaluation read other values`);
    const same = train.lines.join('\n') === evaluated.lines.join('\n');
    const body = same ? train.lines : ['if self.training:', ...indented(train.lines), ...evaluated.lines];
    const head = `def ${method.name}(${['self', ...train.parameters].join(', ')}):`;
    return [...(k === 0 ? [] : ['']), head, ...indented([...(method.doc === '' ? [] : [`"""${method.doc}"""`]), ...body])];
  });
}

function docOf(model: Model, layer: LayerInstance | undefined, node: Node): string {
  if (node.path === '') return `${model.name}, ${model.parameters.length} tensors. Written by \`bondsmith build --target pytorch\`.`;
  const weights = model.weights.filter(({ path }) => path.startsWith(`${node.path}.`) && !path.slice(node.path.length + 1).includes('.'));
  const told = weights.map(({ path, axes, terms }) => {
    const shape = axes.map(({ name, size }) => `${name} ${size}`).join(', ');
    const how = terms.map((term) => (term.is === 'network' ? `${term.topology} of ${term.nodes.length} cores` : term.is));
    return `${path.slice(node.path.length + 1)}[${shape}]${how.join() === 'dense' ? '' : ` as ${how.join(' + ')}`}`;
  });
  return `${layer?.of ?? 'group'}${told.length === 0 ? '' : `: ${told.join('; ')}`}.`;
}

function initial({ legs, positions, init }: Parameter): string {
  const shape = `(${legs.map(({ size }) => size).join(', ')}${legs.length === 1 ? ',' : ''})`;
  if (positions !== undefined) return `positions(${shape})`;
  const scaled = (text: string) => (init.scale === 1 ? text : text.replace(/\)$/, `, scale=${literal(init.scale).text})`));
  return scaled(lawText(init.law, shape));
}
function lawText(law: Law, shape: string): string {
  switch (law.is) {
    case 'normal':
      return `normal(${shape}, ${literal(law.deviation).text})`;
    case 'uniform':
      return `uniform(${shape}, ${literal(law.low).text}, ${literal(law.high).text})`;
    case 'source':
      return `given(${shape})`;
    default:
      return `${law.is}(${shape})`;
  }
}
