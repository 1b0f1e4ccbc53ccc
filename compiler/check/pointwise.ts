/** Functions of one real value that may be handed over as an option (`act = gelu`). */
export const pointwiseFunctions = [
  'exp',
  'log',
  'sqrt',
  'abs',
  'floor',
  'tanh',
  'erf',
  'sin',
  'cos',
  'sigmoid',
  'relu',
  'gelu',
  'gelu_tanh',
  'silu',
] as const;
export type PointwiseFunction = (typeof pointwiseFunctions)[number];
export const isPointwise = (name: string): name is PointwiseFunction => (pointwiseFunctions as readonly string[]).includes(name);
