/** Topologies' items, changes of variants and selections as text with marks where a line may break (layout.ts). */
import { mark } from './layout.ts';
import { args, brackets, every, expression, level, list, loop, named, range, reference, sum } from './print-expressions.ts';
import type * as tree from './tree.ts';

export function topologyItem(node: tree.Core | tree.Role | tree.Require): string {
  switch (node.kind) {
    case 'core':
      return core(node);
    case 'role':
      return `role ${node.name.name}: ${list(node.members.map((member) => ('rest' in member ? 'rest' : leg(member))))}`;
    case 'require':
      return requirement(node);
  }
}

function core(node: tree.Core): string {
  const law = named(node.law, (value) => `${mark}~ ${expression(value)}`);
  const loops = node.loops.length === 0 ? '' : `${mark}for ${list(node.loops.map(loop))}`;
  const name = `${node.reuse ? 'reuse' : 'core'} ${node.name.name}${named(node.brackets, brackets)}`;
  return `${name} (${list(node.legs.map(leg))})${law}${node.reused ? ' reused' : ''}${loops}`;
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
    case 'apply':
      return `apply ${node.recipe.name}${named(node.args, args)}${named(node.to, (to) => ` to ${selection(to)}`)}`;
    case 'decompose':
      return decompose(node);
    case 'adapt':
      return `adapt ${selection(node.selection)} with ${reference(node.with)}${scaled(node.scale)}${clause('named', node.named?.name)}`;
    case 'share':
      return share(node);
    case 'tie':
      return `tie ${choice(node.left)} = ${choice(node.right)}`;
    case 'init':
      return `init ${selection(node.selection)}${named(node.law, (law) => ` ~ ${expression(law, level.postfix)}`)}${scaled(node.scale)}`;
    case 'freeze':
      return `freeze ${selection(node.selection)}`;
    case 'keep':
      return `keep ${selection(node.selection)}${clause('where', expression(node.where))}`;
    case 'train':
      return train(node);
    case 'squeeze':
      return squeeze(node);
    case 'let':
      return binding(node);
    case 'require':
      return requirement(node);
  }
}

const clause = (word: string, text: string | undefined): string => (text === undefined ? '' : `${mark}${word} ${text}`);
const scaled = (scale: tree.Expression | undefined): string => clause('scaled by', scale && expression(scale));

function decompose({ selection: chosen, as, to, choosing }: tree.Decompose): string {
  const truncation = named(to, ({ measure, value }) => `${mark}to ${measure} ${sum(value)}`);
  const choice = named(choosing, ({ count, over, criterion, every: clock, until }) => {
    const times = clock === undefined ? '' : ` ${every(clock)} until ${until}`;
    return `${mark}choosing ${count} over ${over.name} by ${criterion.name}${times}`;
  });
  return `decompose ${selection(chosen)} as ${reference(as)}${truncation}${choice}`;
}

function share({ selection: chosen, over, groups, from }: tree.Share): string {
  const variables = list(over.map(({ name }) => name));
  return `share ${selection(chosen)} over ${variables}${clause('in groups', groups && sum(groups))}${clause('from', from?.name)}`;
}

function train({ only, selection: chosen, where, probability, turn }: tree.Train): string {
  const condition = clause('where', where && expression(where));
  const chance = clause('with probability', probability && sum(probability));
  const turns = named(turn, ({ over, every: clock }) => `${mark}in turn over ${over.name} ${every(clock)}`);
  return `train ${only ? 'only ' : ''}${selection(chosen)}${condition}${chance}${turns}`;
}

function squeeze({ selection: chosen, by, criterion, every: clock, while: lasting, until }: tree.Squeeze): string {
  const choice = clause('choosing', criterion?.name) + named(clock, (node) => `${mark}${every(node)}`);
  const ends =
    clause('while', lasting && expression(lasting, level.comparison)) + clause('until', until && expression(until, level.comparison));
  return `squeeze ${selection(chosen)} by ${by}${choice}${ends}`;
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
      return `{${list(at.paths.map(path))}}${chosen}`;
  }
}

function pick({ is, from, to }: tree.Pick): string {
  if (is === 'all') return '*';
  const [start, end] = [from, to].map((bound) => named(bound, (node) => expression(node, level.sum, true)));
  return is === 'one' ? start : `${start}..${end}`;
}
