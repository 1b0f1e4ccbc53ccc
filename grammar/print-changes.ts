/** Topologies' items, changes of variants and selections as text with marks where a line may break (layout.ts). */
import { mark } from './layout.ts';
import { args, brackets, every, expression, law, level, list, loop, named, range, reference, sum } from './print-expressions.ts';
import type * as tree from './tree.ts';

export function topologyItem(node: Exclude<tree.TopologyItem, tree.TopologyIf>): string {
  switch (node.kind) {
    case 'core':
      return core(node);
    case 'role':
      return `role ${node.name.name}: ${list(node.members.map((member) => ('rest' in member ? 'rest' : roleMember(member))))}`;
    case 'require':
      return requirement(node);
    case 'let':
      return binding(node);
    case 'permute':
      return `permute ${node.axis.name} by ${node.rule.name}`;
    case 'nested':
      return `${node.name.name}${named(node.family, (loops) => `[${list(loops.map(loop))}]`)}: ${reference(node.topology)}`;
  }
}

const roleMember = ({ within, ...member }: tree.RoleMember): string => named(within, (outer) => `${leg(outer)}.`) + leg(member);

function core(node: tree.Core): string {
  const stated = named(node.law, (value) => `${mark}~ ${law(value)}`);
  const loops = node.loops.length === 0 ? '' : `${mark}for ${list(node.loops.map(loop))}`;
  const name = `${node.reuse ? 'reuse' : 'core'} ${node.name.name}${named(node.brackets, brackets)}`;
  return `${name} (${list(node.legs.map(leg))})${stated}${node.reused ? ' reused' : ''}${loops}`;
}

function leg({ name, indices }: tree.Leg): string {
  return name.name + named(indices, (ranges) => `[${list(ranges.map(range))}]`);
}

export const requirement = ({ condition, text }: tree.Require): string =>
  `require ${expression(condition)}${named(text, (value) => `${mark}"${value}"`)}`;
export const binding = ({ name, value }: tree.Let): string => `let ${name.name} = ${expression(value)}`;

export function change(node: tree.Change): string {
  switch (node.kind) {
    case 'untie':
      return `untie ${selection(node.selection)} over ${node.over.name}`;
    case 'wrap':
      return `wrap ${selection(node.selection)} in ${reference(node.wrapper)}`;
    case 'replace':
      return `replace ${selection(node.selection)} with ${reference(node.with)}`;
    case 'apply':
      return `apply ${node.recipe.name}${named(node.args, args)}${named(node.to, (to) => ` to ${selection(to)}`)}`;
    case 'decompose':
      return decompose(node);
    case 'adapt':
      return adapt(node);
    case 'share':
      return share(node);
    case 'tie':
      return `tie ${choice(node.left)} = ${choice(node.right)}`;
    case 'init':
      return `init ${selection(node.selection)}${named(node.law, (value) => ` ~ ${law(value, level.postfix)}`)}${scaled(node.scale)}`;
    case 'freeze':
      return `freeze ${selection(node.selection)}`;
    case 'keep':
      return `keep ${selection(node.selection)}${clause('where', expression(node.where))}`;
    case 'orthogonal':
      return `keep ${selection(node.selection)}${clause('orthogonal over', leg(node.over))}`;
    case 'learn':
      return `learn mask of ${selection(node.selection)}${clause('keep', sum(node.keep))}`;
    case 'train':
      return train(node);
    case 'squeeze':
      return squeeze(node);
    case 'grow':
      return `grow ${selection(node.selection)} by ${node.by}${named(node.every, (clock) => `${mark}${every(clock)}`)}${ends(node)}`;
    case 'let':
      return binding(node);
    case 'require':
      return requirement(node);
  }
}

const clause = (word: string, text: string | undefined): string => (text === undefined ? '' : `${mark}${word} ${text}`);
const scaled = (scale: tree.Expression | undefined): string => clause('scaled by', scale && expression(scale));

const variables = (over: readonly tree.Identifier[] | undefined): string => clause('over', over && list(over.map(({ name }) => name)));

export function terms(as: readonly tree.Term[]): string {
  return `as ${as.map(({ topology, named: called }) => reference(topology) + named(called, ({ name }) => ` named ${name}`)).join(`${mark}+ `)}`;
}

function adapt({ selection: chosen, over, with: network, scale, named: called }: tree.Adapt): string {
  return `adapt ${selection(chosen)}${variables(over)} with ${reference(network)}${scaled(scale)}${clause('named', called?.name)}`;
}

function decompose({ selection: chosen, over, as, to, by, choosing }: tree.Decompose): string {
  const truncation = named(to, ({ measure, value, of }) => `${mark}to ${measure} ${sum(value)}${named(of, ({ name }) => ` of ${name}`)}`);
  const criterion = named(by, ({ first, second }) => `${mark}by ${first.name}${named(second, ({ name }) => ` and ${name}`)}`);
  const choice = named(choosing, ({ count, over, criterion, every: clock, until }) => {
    const times = clock === undefined ? '' : ` ${every(clock)} until ${until}`;
    return `${mark}choosing ${count} over ${over.name} by ${criterion.name}${times}`;
  });
  return `decompose ${selection(chosen)}${variables(over)} ${terms(as)}${truncation}${criterion}${choice}`;
}

function share({ selection: chosen, over, groups, from }: tree.Share): string {
  return `share ${selection(chosen)}${variables(over)}${clause('in groups', groups && sum(groups))}${clause('from', from?.name)}`;
}

function train({ only, selection: chosen, where, probability, turn }: tree.Train): string {
  const condition = clause('where', where && expression(where));
  const chance = clause('with probability', probability && sum(probability));
  const turns = named(turn, ({ over, every: clock }) => `${mark}in turn over ${over.name} ${every(clock)}`);
  return `train ${only ? 'only ' : ''}${selection(chosen)}${condition}${chance}${turns}`;
}

function squeeze({ selection: chosen, by, criterion, every: clock, while: lasting, until }: tree.Squeeze): string {
  const choice = clause('choosing', criterion?.name) + named(clock, (node) => `${mark}${every(node)}`);
  return `squeeze ${selection(chosen)} by ${by}${choice}${ends({ while: lasting, until })}`;
}

function ends({ while: lasting, until }: Pick<tree.Squeeze, 'while' | 'until'>): string {
  return clause('while', lasting && expression(lasting, level.comparison)) + clause('until', until && expression(until, level.comparison));
}

function selection({ choices, except }: tree.Selection): string {
  return list(choices.map(choice)) + (except.length === 0 ? '' : `${mark}except ${list(except.map(choice))}`);
}

const choice = ({ name, path: chosen }: tree.Choice): string => named(name, (first) => `${path(first)} of `) + path(chosen);
const path = ({ steps }: tree.Path): string => steps.map(step).join('.');

function step({ at, picks }: tree.Step): string {
  const chosen = named(picks, (nodes) => `[${list(nodes.map(pick))}]`);
  switch (at.is) {
    case 'any':
      return `*${chosen}`;
    case 'deep':
      return `**${chosen}`;
    case 'name':
      return at.name.name + chosen;
    case 'either':
      return `{${named(at.variable, ({ name }) => `${name}: `)}${list(at.paths.map(path))}}${chosen}`;
  }
}

function pick({ is, from, to }: tree.Pick): string {
  if (is === 'all') return '*';
  const [start, end] = [from, to].map((bound) => named(bound, (node) => expression(node, level.sum, true)));
  return is === 'one' ? start : `${start}..${end}`;
}
