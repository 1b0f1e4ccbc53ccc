/**
 * Draws networks.svg: one weight as the networks that four variants make of it, from the compiled models. Run: node docs/picture.ts.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NetworkTerm, Weight } from '../compiler/values/model.ts';
import { graphOf, layout } from '../runtime/explain/layout.ts';
import { compile, describeModel } from '../runtime/index.ts';

const text = `edition 1
topology comb[out[n], in[n]](b[1..n-1], t[1..n]) {
  core B[k] (b[k-1], t[k], b[k]) for k in 1..n
  core L[k] (t[k], out[k], in[k]) for k in 1..n
  role central: B[(n + 1) div 2]
}
model Layer(width = 256) {
  axis batch
  input x[batch, width]
  up: linear[width -> width](biased = false)
  loss size = mean(up(x) ^ 2)
}
variant Mpo of Layer { decompose up as mpo[4^4, 4^4](b = 8) }
variant Ring of Layer { decompose up as ring[4^4, 4^4](b = 6) }
variant Tree of Layer { decompose up as tree[4^4, 4^4](e = 8) }
variant Comb of Layer { decompose up as comb[4^4, 4^4](b = 6, t = 8) }
`;
const variants = ['Mpo', 'Ring', 'Tree', 'Comb'];
const panel = { width: 230, height: 220, top: 34, margin: 22 };
const colours = { bond: '#4a4e57', out: '#2f6fbb', in: '#c8641e', core: '#f4f5f7', central: '#f2c14e', text: '#4a4e57' };

const short = (value: number) => String(Math.round(value * 10) / 10);

function drawing(term: NetworkTerm, isCentral: (node: number) => boolean): string[] {
  const graph = graphOf(term);
  const points = layout(graph, panel);
  const lines = graph.edges.flatMap(({ ends: [a, b], size, outer }) => {
    const colour = outer === undefined ? colours.bond : outer === 0 ? colours.out : colours.in;
    const [[x1, y1], [x2, y2]] = [points[a], points[b]];
    const label = `<text x="${short((x1 + x2) / 2)}" y="${short((y1 + y2) / 2 + 4)}" text-anchor="middle" stroke="#ffffff" stroke-width="4" paint-order="stroke">${size}</text>`;
    const line = `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" stroke="${colour}" stroke-width="${short(1 + Math.log2(size) / 2)}"/>`;
    return b < graph.cores ? [line, label] : [line];
  });
  const circles = points.slice(0, graph.cores).map(([x, y], node) => {
    const fill = isCentral(node) ? colours.central : colours.core;
    return `<circle cx="${short(x)}" cy="${short(y)}" r="9" fill="${fill}" stroke="${colours.bond}" stroke-width="1.5"/>`;
  });
  return [...lines, ...circles];
}

function networkIn(weights: readonly Weight[]): NetworkTerm {
  const term = weights.flatMap((weight) => weight.terms).find((candidate) => candidate.is === 'network');
  if (term?.is !== 'network') throw new Error('the model has no network');
  return term;
}

/** The text that networks.svg must have. */
export function picture(): string {
  const panels = variants.map((name, k) => {
    const model = compile({ file: 'picture.bond', text, variant: name });
    const term = networkIn(model.weights);
    const { total, dense } = describeModel(model).parameters;
    const title = `<text x="${panel.width / 2}" y="22" text-anchor="middle" font-weight="600">${term.topology}: ${total.toLocaleString('en')} parameters</text>`;
    const figure = drawing(term, (node) => model.parameters[term.nodes[node].parameter].role === 'central');
    const from = `<g transform="translate(${k * panel.width} 0)">`;
    return { dense, lines: [from, title, ...figure, '</g>'] };
  });
  const [width, height] = [panel.width * variants.length, panel.height + 26];
  const legend = `one 256 × 256 weight, dense ${panels[0].dense.toLocaleString('en')} parameters: cores, bonds with their sizes, legs of outputs (blue) and inputs (orange)`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${colours.text}">`,
    '<rect width="100%" height="100%" rx="8" fill="#ffffff"/>',
    ...panels.flatMap(({ lines }) => lines),
    `<text x="${width / 2}" y="${height - 12}" text-anchor="middle">${legend}</text>`,
    '</svg>',
  ].join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(new URL('networks.svg', import.meta.url), picture());
