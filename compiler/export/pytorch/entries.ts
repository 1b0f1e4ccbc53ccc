/** Methods of entries: functions, losses and metrics by their names in the .bond file. */
import { attribute } from './python.ts';

export const entryName = (own: string): string => (own === 'forward' ? own : attribute(own));
