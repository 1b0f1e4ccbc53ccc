/** The first file of each further thread of the engine in a page. */
import '../package/worker.ts';
