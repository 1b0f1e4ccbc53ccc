/** With this imported, every program that a test compiles is verified after each pass, not only where it is built and done. */
import { verifyAfter, watchPasses } from '../compiler/index.ts';
import './verified-draft.ts';

watchPasses(verifyAfter);
