/**
 * A tree as a picture (SVG), two ways: as a tent, operands on the ground and each join above both of its parts at a height that grows with
 * the logarithm of its cost; or as rubber bands, operands on a circle in the order of the tree with a band around each sub-tree.
 */
import { recordsOf } from './evaluate.ts';
import type { NamedNetwork } from './formats.ts';
import type { Steps } from './tree.ts';

const WIDTH = 960;
const HEIGHT = 540;
const MARGIN = 40;

/** Operands of every value, in the order in which the tree visits them. */
function leaves(steps: Steps, count: number): number[][] {
  const lists: number[][] = Array.from({ length: count }, (_, k) => [k]);
  for (const [a, b] of steps) lists.push([...lists[a], ...lists[b]]);
  return lists;
}
const log10 = (macs: bigint) => (macs < 1n ? 0 : macs.toString().length - 1 + Math.log10(Number(`0.${macs.toString().slice(0, 15)}`) * 10));
/** From pale to dark by the share of the greatest cost. */
const shade = (share: number) => `hsl(${Math.round(205 - 195 * share)} 75% ${Math.round(62 - 20 * share)}%)`;
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * The tree as lines of text, the whole first and each part indented below it. `labels` are those of the operands; `note` says what stands
 * beside step k, and what is the same in every tree is left to the caller.
 */
export function treeLines(steps: Steps, labels: readonly string[], note: (step: number) => string): string[] {
  const count = labels.length;
  const below = (node: number, indent: string): string[] => {
    if (node < count) return [];
    const parts = [...steps[node - count]];
    return parts.flatMap((part, k) => {
      const last = k === parts.length - 1;
      return [`${indent}${last ? '└─ ' : '├─ '}${title(part)}`, ...below(part, `${indent}${last ? '   ' : '│  '}`)];
    });
  };
  const title = (node: number) => (node < count ? labels[node] : note(node - count));
  const root = count + steps.length - 1;
  return [title(root), ...below(root, '')];
}

/** Documents of drawTree one below the other, each under its title. */
export function drawTogether(drawings: readonly { readonly title: string; readonly svg: string }[]): string {
  const height = HEIGHT + 24;
  const parts = drawings.map(({ title, svg }, k) => {
    const at = k * height;
    const placed = svg.replace('<svg ', `<svg y="${at + 24}" width="${WIDTH}" height="${HEIGHT}" `);
    return `<text x="${MARGIN}" y="${at + 18}" font-family="sans-serif" font-size="14">${escaped(title)}</text>\n${placed}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height * drawings.length}">\n${parts.join('')}</svg>\n`;
}

/** A complete SVG document. Hover titles name the letters of each value and the multiply-adds of each step. */
export function drawTree({ network, letters }: NamedNetwork, steps: Steps, style: 'tent' | 'bands' = 'tent'): string {
  const records = recordsOf(steps, { network });
  const most = Math.max(1, ...records.map(({ macs }) => log10(macs)));
  const titles = records.map(
    ({ macs, result }) => `${macs} multiply-adds: ${result.map((letter) => letters[letter]).join(' ') || 'a number'}`,
  );
  const heats = records.map(({ macs }) => log10(macs) / most);
  const body = style === 'tent' ? tent(steps, network.inputs.length, heats, titles) : bands(steps, network.inputs.length, heats, titles);
  const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`;
  return `${frame}\n<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>\n${body.join('\n')}\n</svg>\n`;
}

function tent(steps: Steps, count: number, heats: readonly number[], titles: readonly string[]): string[] {
  const order = steps.length === 0 ? [0] : leaves(steps, count)[count + steps.length - 1];
  const x = new Float64Array(count + steps.length);
  const y = new Float64Array(count + steps.length).fill(HEIGHT - MARGIN);
  order.forEach((operand, k) => {
    x[operand] = MARGIN + ((k + 0.5) * (WIDTH - 2 * MARGIN)) / count;
  });
  const lines: string[] = [];
  const room = HEIGHT - 2 * MARGIN;
  steps.forEach(([a, b], k) => {
    const node = count + k;
    x[node] = (x[a] + x[b]) / 2;
    y[node] = Math.min(y[a], y[b]) - room / (steps.length + 1) / 2 - (0.5 * room * heats[k]) / (steps.length + 1);
    for (const part of [a, b]) {
      lines.push(line(x[part], y[part], x[node], y[node], shade(heats[k]), 1 + 3 * heats[k]));
    }
    lines.push(
      `<circle cx="${fixed(x[node])}" cy="${fixed(y[node])}" r="4" fill="${shade(heats[k])}"><title>${escaped(titles[k])}</title></circle>`,
    );
  });
  const labels =
    count <= 60 ? order.map((k) => `<text x="${fixed(x[k])}" y="${HEIGHT - MARGIN + 16}" text-anchor="middle">${k}</text>`) : [];
  return [...lines, ...labels];
}

function bands(steps: Steps, count: number, heats: readonly number[], titles: readonly string[]): string[] {
  const lists = leaves(steps, count);
  const order = lists[lists.length - 1];
  const [cx, cy, radius] = [WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - MARGIN];
  const place = new Float64Array(count);
  order.forEach((operand, k) => {
    place[operand] = (2 * Math.PI * k) / count;
  });
  const shapes = steps.map((_, k) => {
    const own = lists[count + k];
    const inner = radius * (0.25 + (0.7 * (steps.length - k)) / (steps.length + 1));
    const [from, to] = [place[own[0]], place[own[own.length - 1]]];
    const point = (angle: number, r: number) => `${fixed(cx + r * Math.sin(angle))} ${fixed(cy - r * Math.cos(angle))}`;
    const large = to - from > Math.PI ? 1 : 0;
    const path = `M${point(from, radius)}L${point(from, inner)}A${fixed(inner)} ${fixed(inner)} 0 ${large} 1 ${point(to, inner)}L${point(to, radius)}`;
    const stroke = `stroke="${shade(heats[k])}" stroke-width="${fixed(1 + 3 * heats[k])}"`;
    return `<path d="${path}" fill="none" ${stroke}><title>${escaped(titles[k])}</title></path>`;
  });
  const labels = order.map((k) => {
    const [sx, sy] = [cx + (radius + 14) * Math.sin(place[k]), cy - (radius + 14) * Math.cos(place[k])];
    return `<text x="${fixed(sx)}" y="${fixed(sy + 4)}" text-anchor="middle">${k}</text>`;
  });
  return [...shapes, ...(count <= 120 ? labels : [])];
}

const fixed = (value: number) => value.toFixed(1);
function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width: number): string {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="${stroke}" stroke-width="${fixed(width)}"/>`;
}
