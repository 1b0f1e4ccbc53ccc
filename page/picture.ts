/** The network of a weight, drawn. */
import type { Drawing, DrawnCore } from '../runtime/web/index.ts';
import { drawn, thousands } from './elements.ts';

export function pictureOf({ path, topology, width, height, axes, edges, cores }: Drawing): SVGElement {
  const lines = edges.flatMap(({ lines: own, width: stroke, outer }) =>
    own.map(([[x1, y1], [x2, y2]]) =>
      drawn('line', { x1, y1, x2, y2, 'stroke-width': stroke, class: outer === undefined ? 'bond' : `axis-${outer.axis % 4}` }),
    ),
  );
  const labels = edges.map(({ at: [x, y], label, outer }) =>
    drawn(
      'text',
      { x, y: y + 4, 'text-anchor': 'middle' },
      label,
      drawn('title', {}, outer === undefined ? `bond of ${label}` : outer.name),
    ),
  );
  const circles = cores.map((core) => {
    const [cx, cy] = core.at;
    const marks = ['core', core.role, core.state, ...(core.shared.length > 0 ? ['shared'] : [])].filter((mark) => /^[a-z]+$/.test(mark));
    return drawn('circle', { cx, cy, r: 12, class: marks.join(' ') }, drawn('title', {}, aboutCore(core)));
  });
  const names = cores.map(({ nameAt: [x, y], name }) => drawn('text', { x, y: y + 4, 'text-anchor': 'middle' }, name));
  const title = `${path} as ${topology}: ${cores.length} cores; legs are ${axes.join(' and ')}`;
  const picture = drawn('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': title });
  picture.append(...lines, ...circles, ...labels, ...names);
  return picture;
}

function aboutCore({ name, shape, entries, role, state, shared }: DrawnCore): string {
  const notes = [role, state === 'trained' ? '' : state, shared.length > 0 ? `one tensor with ${shared.length - 1} more` : ''];
  return [`${name}: ${shape.join(' × ')} = ${thousands(entries)}`, ...notes.filter((note) => note !== '')].join(', ');
}
