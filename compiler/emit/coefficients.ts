/**
 * Coefficients of the elementary functions, lowest power first: minimax fits (Lawson iteration on Chebyshev nodes) rounded to f32, written
 * once for all printers. The parts of a constant are for Cody and Waite's reduction: products with small integers are exact.
 */

/** (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2. */
export const exponential = [0.49999994, 0.166665196, 0.0416683927, 0.00836878084, 0.00138144672] as const;
/** (log(1 + f) - f + f^2 / 2) / f^3 for 1 + f in [sqrt 1/2, sqrt 2). */
export const logarithm = [
  0.333333135, -0.250000089, 0.200021192, -0.166679963, 0.142195523, -0.124055892, 0.118881628, -0.116756514, 0.0674663857,
] as const;
/** (tanh x - x) / x^3 in x^2, for |x| < `tanhNear`; above it is 1 - 2 / (e^2x + 1). */
export const hyperbolic = [-0.333332837, 0.133314908, -0.0537434965, 0.0206505861, -0.0057170447] as const;
export const tanhNear = 0.625;
/** (erf x - x) / x in x^2, for |x| < `erfNear`. */
export const errorNear = [0.128379166, -0.376126349, 0.112837151, -0.0268605091, 0.00520385941, -0.000817564258, 0.0000851311561] as const;
/** log(1 - erf x) in x, from there on; at 4 the result is 1. */
export const errorFar = [-0.00017824072, -1.12774622, -0.637065887, -0.104031473, 0.0222739931, -0.0030547604, 0.000197087458] as const;
export const erfNear = 0.9;
/** (sin r - r) / r^3 and (cos r - 1 + r^2 / 2) / r^4 in r^2, for |r| <= pi / 4. */
export const sine = [-0.166666672, 0.00833332911, -0.000198392561, 0.0000027175638] as const;
export const cosine = [0.0416666679, -0.00138888834, 0.0000247994376, -2.72033333e-7] as const;
/** pi / 2 in three parts of f32, and in two of f64, the first of 29 bits. */
export const quarterTurn = [1.5703125, 0.0004837512969970703, 7.549789954891882e-8] as const;
export const quarterTurnLong = [1.570796325802803, 9.920935796805404e-10] as const;
/** 1 / (2 pi) after the point, 256 bits: how many turns an angle of any size is (Payne and Hanek, 1983). */
export const turns = 0x28be60db9391054a7f09d5f47d4d377036d8a5664f10e4107f9458eaf7aef158n;
