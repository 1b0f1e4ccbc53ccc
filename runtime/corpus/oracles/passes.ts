/** A program as it was built, before any pass: planning, sharing and fusing change nothing. */
import { formDistance, outputsOf } from '../expected.ts';
import type { Oracle } from './oracle.ts';

export const passes: Oracle = ({ instance: { forms, values }, expected }) => {
  const others = forms.filter(({ name, gives }) => name !== gives);
  if (others.length === 0) return undefined;
  return Math.max(
    ...others.map((form) => {
      const found = new Map([...outputsOf(form.program, values)].map(([key, { data }]) => [key, data] as const));
      return formDistance(form, found, expected);
    }),
  );
};
