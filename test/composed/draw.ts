/** Statements of all kinds over the weights, cores and layers that a model has. */
import type { Model, NetworkTerm, Weight } from '../../compiler/values/model.ts';
import { type NumberedNetwork, networksOf } from '../../compiler/values/term.ts';
import type { Base } from './models.ts';

export type Random = (below: number) => number;
export const kinds = [
  'decompose',
  'decompose as an option',
  'decompose sum',
  'decompose core',
  'share',
  'tie',
  'tie cores',
  'untie',
  'adapt',
  'wrap',
  'apply',
  'init',
  'freeze',
  'freeze all except',
  'train',
  'train only',
  'train in turn',
  'ramp',
  'keep',
  'orthogonal',
  'squeeze',
  'grow',
  'choosing',
  'require',
  'replace',
] as const;
export type Kind = (typeof kinds)[number];
/** Kinds that few models have a place for are drawn more often, so that each pair comes up. */
export const draws: readonly Kind[] = [
  ...kinds,
  ...([
    'tie cores',
    'tie cores',
    'tie cores',
    'untie',
    'untie',
    'decompose core',
    'train in turn',
    'ramp',
    'tie',
    'wrap',
    'decompose',
  ] as const),
];

interface Drawing {
  readonly random: Random;
  readonly model: Model;
  readonly base: Base;
  /** Of the statement, so that adapters have names of their own. */
  readonly count: number;
}

export interface Statement {
  readonly text: string;
  /** What the variant that it stands in has to have as an option. */
  readonly option?: string;
}

/** A statement of the kind, or undefined where the model has nothing that it could be said of. */
export function statementOf(kind: Kind, drawing: Drawing): Statement | undefined {
  if (kind === 'decompose as an option') return decomposeAsOption(drawing);
  const text = textOf(kind, drawing);
  return text === undefined ? undefined : { text };
}

function decomposeAsOption({ random, model, count }: Drawing): Statement | undefined {
  const matrices = model.weights.filter(({ axes }) => axes.length > 1);
  const weight = matrices[random(matrices.length || 1)];
  const name = `how${count}`;
  return weight && { text: `decompose ${weight.path} as ${name}`, option: `${name}: topology = ${topology(random, weight.axes.length)}` };
}

function textOf(kind: Exclude<Kind, 'decompose as an option'>, drawing: Drawing): string | undefined {
  const { random, model, base, count } = drawing;
  const pick = <T>(list: readonly T[]): T | undefined => list[random(list.length || 1)];
  const matrices = model.weights.filter(({ axes }) => axes.length > 1);
  const networks = matrices.filter((weight) => weight.terms[0]?.is === 'network');
  const weight = pick(matrices);
  const network = pick(networks);
  if (weight === undefined) return undefined;
  const path = random(3) === 0 ? starred(weight.path) : weight.path;
  switch (kind) {
    case 'decompose':
      if (isMember(weight) && weight.axes.length === 2 && random(4) === 0)
        return `decompose ${varying(weight.path)} as mpo(n = 2, b = l + 1)`;
      return `decompose ${path} as ${topology(random, weight.axes.length)}`;
    case 'decompose sum':
      return weight.axes.length === 2 ? `decompose ${path} as ${topology(random, 2)} + ${topology(random, 2)} named second` : undefined;
    case 'decompose core':
      return (
        network &&
        coreStatement(random, network, (name, legs, of) =>
          legs >= 2 && legs <= 4 ? `decompose ${name} of ${of} as cut${legs}(g = 2)` : undefined,
        )
      );
    case 'share': {
      const family = pick(model.weights.filter(({ path: own }) => /\[\d+\]/.test(own)));
      if (family === undefined) return undefined;
      const name = pick(nodesOf(family).map((node) => node.name));
      const over = family.path.replace(/\[\d+\]/, '[l]').replace(/\[\d+\]/g, '[*]');
      return `share ${name === undefined || random(3) === 0 ? '' : `${selected(name)} of `}${over} over l from ${pick(['first', 'mean'])}`;
    }
    case 'tie': {
      const sizes = ({ axes }: Weight) => axes.map(({ size }) => size);
      const [i, j] = sizes(weight);
      const others = matrices.filter(
        (other) => other !== weight && other.axes.length === 2 && [`${i},${j}`, `${j},${i}`].includes(sizes(other).join()),
      );
      const other = weight.axes.length === 2 ? pick(others) : undefined;
      if (other === undefined) return undefined;
      const straight = sizes(other).join() === `${i},${j}` && (i !== j || random(2) === 0);
      return `tie ${weight.path}[i, j] = ${other.path}${straight ? '[i, j]' : '[j, i]'}`;
    }
    case 'tie cores': {
      const cores = networks.flatMap((own) =>
        nodesOf(own).map((node) => ({ own, node, sizes: model.parameters[node.parameter]!.legs.map(({ size }) => size).join() })),
      );
      const one = pick(cores);
      const two = one && pick(cores.filter(({ own, sizes }) => own !== one.own && sizes === one.sizes));
      return two && `tie ${selected(one.node.name)} of ${one.own.path} = ${selected(two.node.name)} of ${two.own.path}`;
    }
    case 'untie':
      return base.unties.length === 0 ? undefined : `untie ${pick(base.unties)}`;
    case 'wrap':
      return base.wraps.length === 0 ? undefined : `wrap ${pick(base.wraps)}`;
    case 'adapt':
      if (isMember(weight) && weight.axes.length === 2 && random(4) === 0)
        return `adapt ${varying(weight.path)} with low_rank(r = l) scaled by 1 / l named extra${count}`;
      return weight.axes.length === 2
        ? `adapt ${path} with ${pick(['low_rank(r = 2)', 'tucker(r = 2, s = 2)', 'vera(r = 2)'])} scaled by 0.5 named extra${count}`
        : undefined;
    case 'apply':
      return weight.axes.length === 2 ? `apply ${pick(['Frozen', 'Adapted(rank = 1)'])} to ${path}` : undefined;
    case 'init':
      if (network !== undefined && random(2) === 0)
        return coreStatement(random, network, (name, _, of) => `init ${name} of ${of} ~ normal(0.1)`);
      return `init ${path} ${pick(['~ normal(0.05)', 'scaled by 0.5'])}`;
    case 'freeze':
      if (network !== undefined && random(2) === 0) return coreStatement(random, network, (name, _, of) => `freeze ${name} of ${of}`);
      return `freeze ${path}`;
    case 'freeze all except':
      return `freeze all except ${path}${random(2) === 0 ? '' : `, ${pick(matrices)!.path}`}`;
    case 'train only':
      return random(2) === 0
        ? `train only ${path}`
        : network && coreStatement(random, network, (name) => `train only ${name} of ${network.path}`);
    case 'train in turn': {
      const family = network && familyOf(nodesOf(network)[random(nodesOf(network).length)]!.name);
      return family && `train ${family}[k] of ${network.path} in turn over k every ${1 + random(2)} steps`;
    }
    case 'ramp': {
      const bond = network && bondOf(random, network);
      const word = random(2) === 0 ? 'train' : 'keep';
      const hasBond = ({ network: own }: NumberedNetwork) => own.nodes.find(({ legs }) => legs.some((leg) => own.legs[leg]?.bond === bond));
      const core = network && networksOf(network).flatMap((own) => hasBond(own) ?? [])[0];
      return (
        bond && core && `${word} ${selected(core.name)} of ${network!.path} where @${bond.split('[')[0]} < (1 to 3 by 1 every 2 steps)`
      );
    }
    case 'require':
      return `require ${random(4) === 0 ? '2 < 1' : '1 < 2'} "a requirement"`;
    case 'replace':
      return base.replaces.length === 0 ? undefined : `replace ${pick(base.replaces)}`;
    case 'train':
      if (isMember(weight) && random(4) === 0) return `train ${varying(weight.path)} with probability 1 / (l + 1)`;
      return random(2) === 0 ? `train ${path} with probability 0.5` : conditional('train', drawing, weight, network);
    case 'keep':
      return conditional('keep', drawing, weight, network);
    case 'orthogonal':
      return orthogonal(drawing, weight, network);
    case 'grow': {
      const bond = (network && bondOf(random, network)) ?? 'b';
      return network && `grow ${bond} of ${network.path} by 1 every ${2 + random(3)} steps until ${bond.split('[')[0]} == 6`;
    }
    case 'squeeze':
      return network && `squeeze ${bondOf(random, network) ?? 'b'} of ${network.path} by 1`;
    case 'choosing':
      return isMember(weight) ? `decompose ${varying(weight.path)} as mpo(n = 2) choosing 1 over l by given` : undefined;
  }
}

function conditional(word: 'train' | 'keep', { random, model }: Drawing, weight: Weight, network: Weight | undefined): string | undefined {
  if (network !== undefined && random(3) > 0) {
    const [node] = nodesOf(network).slice(random(nodesOf(network).length));
    const leg = node && model.parameters[node.parameter]!.legs.find(({ size }) => size > 1);
    const name = leg && random(2) === 0 && !/[,.]/.test(leg.name) ? leg.name : leg?.name.split('[')[0];
    return leg && `${word} ${selected(node.name)} of ${network.path} where @${name} < 1`;
  }
  const [a, b] = weight.axes.map(({ name }) => name);
  if (![a, b].every((name) => /^\w+$/.test(name ?? '')) || a === b) return undefined;
  return `${word} ${weight.path} where ${['@A < 1', '@A <= @B', '@B mod 2 == 0 or @A > 1'][random(3)]!.replaceAll('@A', `@${a}`).replaceAll('@B', `@${b}`)}`;
}

function orthogonal({ random, model }: Drawing, weight: Weight, network: Weight | undefined): string | undefined {
  if (random(8) === 0) return `keep ${weight.path} orthogonal over ${weight.axes.at(-1)!.name}`;
  const [node] = network === undefined ? [] : nodesOf(network).slice(random(nodesOf(network).length));
  if (network === undefined || node === undefined) return undefined;
  const { legs } = model.parameters[node.parameter]!;
  const own = networksOf(network).find((term) => term.network.nodes.includes(node))!.network;
  const bonds = legs.filter((_, k) => own.legs[node.legs[k]!]!.outer === undefined);
  const leg = bonds[random(bonds.length || 1)] ?? legs[0]!;
  return `keep ${selected(node.name)} of ${network.path} orthogonal over ${leg.name}`;
}

/** Of all terms of the network or sum. */
function nodesOf(weight: Weight): NetworkTerm['nodes'] {
  return weight.terms[0]?.is === 'network' ? networksOf(weight).flatMap(({ network }) => network.nodes) : [];
}

/** `T` of `T[2]`. */
const familyOf = (name: string) => /^(\w+)\[\d+\]$/.exec(selected(name))?.[1];

/** What a selection calls a core that was decomposed again: by its own name. */
const selected = (name: string) => name.split('.').at(-1)!;
const isMember = ({ path }: Weight) => /\[\d+\]/.test(path);
/** Of all members of the family, told apart. */
const varying = (path: string) => path.replace(/\[\d+\]/, '[l]');
const starred = (path: string) => path.replace(/\[\d+\]/, '[*]');

/** `of`: the path of the weight, of a sum that of the term or, now and then, of the whole. */
function coreStatement(
  random: Random,
  weight: Weight,
  say: (name: string, legs: number, of: string) => string | undefined,
): string | undefined {
  const terms = networksOf(weight);
  const { network } = terms[random(terms.length)]!;
  const node = network.nodes[random(network.nodes.length)];
  const whole = network.name === undefined || random(4) === 0;
  return node && say(selected(node.name), node.legs.length, whole ? weight.path : `${weight.path}.${network.name}`);
}

function bondOf(random: Random, weight: Weight): string | undefined {
  const bonds = networksOf(weight).flatMap(({ network }) =>
    network.legs.flatMap(({ bond, size }) => (bond === undefined || bond.includes('.') || size < 2 ? [] : [bond])),
  );
  return bonds[random(bonds.length || 1)];
}

function topology(random: Random, axes: number): string {
  if (axes === 4) return 'conv_tucker(p = 2, q = 2)';
  if (axes !== 2) return `cut${axes}(g = 2)`;
  return [
    'mpo(n = 2, b = 2)',
    'mpo(n = 2)',
    'ring(n = 2, b = 2)',
    'low_rank(r = 2)',
    'tucker(r = 2, s = 2)',
    'cp(n = 2, r = 3)',
    'mpo(n = 2, b = 3)',
    'half(r = 2)',
  ][random(8)]!;
}
