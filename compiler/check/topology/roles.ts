/** Roles of a topology's cores: disjoint named sets; `rest` is what no earlier role has. Names of one topology are distinct (J24). */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';
import { listed, meant } from '../report.ts';
import { evaluateInteger, type Names } from '../static.ts';
import type { Pattern } from './pattern.ts';
import { combinations, type PlacedCore } from './place.ts';

/** Names that selections know for every network. */
const builtinRoles = ['adapter', 'dense', 'core'] as const;

/** The role of each core, undefined for none. An index that this size does not reach selects nothing. */
export function assignRoles(topology: tree.Topology, { items, names }: Pattern, cores: readonly PlacedCore[]): (string | undefined)[] {
  checkNames(topology, items);
  const roles: ({ readonly name: string; readonly place: Place } | undefined)[] = cores.map(() => undefined);
  for (const item of items) {
    if (item.kind !== 'role') continue;
    const before = [...roles];
    for (const member of item.members) {
      const chosen =
        'rest' in member ? cores.map((_, i) => i).filter((i) => before[i] === undefined) : select(topology, items, member, cores, names);
      for (const i of chosen) {
        const other = before[i];
        if (other !== undefined) {
          refuse({
            code: 'B410',
            message: `${cores[i]!.name} has two roles, ${other.name} and ${item.name.name}`,
            at: member.place,
            label: `${item.name.name}`,
            also: [{ place: other.place, text: `${other.name}` }],
            hint: 'roles are disjoint',
          });
        }
        roles[i] = { name: item.name.name, place: member.place };
      }
    }
  }
  return roles.map((role) => role?.name);
}

function select(topology: tree.Topology, items: Pattern['items'], member: tree.Leg, cores: readonly PlacedCore[], names: Names): number[] {
  const declared = items.flatMap((item) => (item.kind === 'core' && !item.reuse ? [item.name.name] : []));
  if (!declared.includes(member.name.name)) {
    refuse({
      code: 'B418',
      message: `no core \`${member.name.name}\` in \`${topology.name.name}\``,
      at: member.place,
      label: 'unknown core',
      hint: meant(member.name.name, declared, `cores: ${listed(declared)}`),
    });
  }
  const family = cores.flatMap((core, i) => (core.family === member.name.name ? [i] : []));
  if (member.indices === undefined) return family;
  const ranges = member.indices.map((index) => {
    const from = evaluateInteger(index.from, names, 'an index');
    return { from, to: index.to === undefined ? from : evaluateInteger(index.to, names, 'an index') };
  });
  const wanted = new Set(combinations(ranges).map((indices) => indices.join(',')));
  return family.filter((i) => wanted.has(cores[i]!.indices.join(',')));
}

function checkNames(topology: tree.Topology, items: Pattern['items']): void {
  const seen = new Map<string, Place>();
  const add = (name: tree.Identifier) => {
    const first = seen.get(name.name);
    const builtin = (builtinRoles as readonly string[]).includes(name.name);
    if (first === undefined && !builtin) {
      seen.set(name.name, name.place);
      return;
    }
    refuse({
      code: 'B419',
      message: builtin
        ? `\`${name.name}\` is a role that every network has`
        : `\`${name.name}\` names two things in \`${topology.name.name}\``,
      at: name.place,
      label: builtin ? 'choose another name' : 'second',
      also: first === undefined ? [] : [{ place: first, text: 'first' }],
      hint: 'axes, bonds, cores and roles of one topology have different names',
    });
  };
  for (const axis of topology.axes.parameters) add(axis.name);
  for (const option of topology.options) add(option.name);
  for (const item of items) if (item.kind === 'role' || (item.kind === 'core' && !item.reuse)) add(item.name);
}
