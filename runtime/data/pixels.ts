/** Images as numbers from 0 to 1, row by row, channels last. */

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, red green blue, or these and alpha. */
  readonly channels: number;
  /** What stands for 1. */
  readonly most: number;
  readonly data: ArrayLike<number>;
}

/** Rec. 601, as decoders of grey images have it. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** With so many channels, from 0 to 1; or why not, as the end of a sentence. Transparency is never left out silently. */
export function asInput({ width, height, channels, most, data }: Pixels, wanted: number): Pixels | string {
  const count = width * height;
  const colours = channels >= 3 ? 3 : 1;
  const hasAlpha = channels === 2 || channels === 4;
  if (![1, 3, 4].includes(wanted)) return `is an image, the input has ${wanted} channels; expected are 1, 3 or 4`;
  const found = new Float32Array(count * wanted);
  for (let k = 0; k < count; k++) {
    const at = (channel: number) => data[k * channels + channel] / most;
    const alpha = hasAlpha ? at(channels - 1) : 1;
    if (wanted < 4 && alpha !== 1) return `has transparent pixels, the input has ${wanted === 1 ? 'one channel' : `${wanted} channels`}`;
    if (wanted === 1) found[k] = colours === 1 ? at(0) : LUMA[0] * at(0) + LUMA[1] * at(1) + LUMA[2] * at(2);
    else for (let channel = 0; channel < 3; channel++) found[k * wanted + channel] = at(colours === 1 ? 0 : channel);
    if (wanted === 4) found[4 * k + 3] = alpha;
  }
  return { width, height, channels: wanted, most: 1, data: found };
}

/** Linear between pixels, and over all that a pixel covers where the image becomes smaller (the triangle filter of common libraries). */
export function resized({ width, height, channels, most, data }: Pixels, tall: number, wide: number): Pixels {
  const across = taps(width, wide);
  const lines = new Float64Array(height * wide * channels);
  for (let y = 0; y < height; y++)
    across.forEach(({ from, weights }, x) => {
      for (let c = 0; c < channels; c++)
        lines[(y * wide + x) * channels + c] = weights.reduce(
          (sum, weight, k) => sum + weight * data[(y * width + from + k) * channels + c],
          0,
        );
    });
  const found = new Float32Array(tall * wide * channels);
  taps(height, tall).forEach(({ from, weights }, y) => {
    for (let at = 0; at < wide * channels; at++)
      found[y * wide * channels + at] = weights.reduce((sum, weight, k) => sum + weight * lines[(from + k) * wide * channels + at], 0);
  });
  return { width: wide, height: tall, channels, most, data: found };
}

/** Which numbers of a line one of another length is made of. */
function taps(size: number, wanted: number): { readonly from: number; readonly weights: readonly number[] }[] {
  const scale = size / wanted;
  const reach = Math.max(1, scale);
  return Array.from({ length: wanted }, (_, k) => {
    const centre = (k + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - reach + 0.5));
    const to = Math.min(size, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: to - from }, (_, j) => Math.max(0, 1 - Math.abs((from + j + 0.5 - centre) / reach)));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { from, weights: raw.map((weight) => weight / sum) };
  });
}
