"""A path of opt_einsum or cotengra for the network of a JSON file; called by compare.ts.

Arguments: a file with {"inputs", "output", "size_dict"}, the method, seconds for a search of cotengra, worker processes.
Prints one JSON object: seconds, trials, path (single static assignment) or error.
"""
import json
import sys
import time
import warnings

import cotengra as ctg
import opt_einsum as oe

warnings.filterwarnings("ignore")


def searches(inputs, output, sizes, seconds, workers):
    sets = [frozenset(term) for term in inputs]

    def opt_einsum(optimizer):
        return lambda: (ctg.pathfinders.path_basic.linear_to_ssa(optimizer(sets, frozenset(output), sizes)), 1)

    def hyper(methods, **options):
        def run():
            optimizer = ctg.HyperOptimizer(
                methods=methods, max_repeats=1_000_000, max_time=seconds, parallel=workers if workers > 1 else False, minimize="flops", **options
            )
            tree = optimizer.search(inputs, output, sizes)
            return tree.get_ssa_path(), len(optimizer.scores)

        return run

    return {
        "opt_einsum greedy": opt_einsum(oe.paths.greedy),
        "opt_einsum random-greedy-128": opt_einsum(oe.path_random.random_greedy_128),
        "opt_einsum dp": opt_einsum(oe.paths.DynamicProgramming(minimize="flops")),
        "cotengra greedy": hyper(["greedy"]),
        "cotengra greedy+kahypar, reconfiguration": hyper(["greedy", "kahypar"], reconf_opts={}),
        "cotengra annealing": hyper(["greedy", "kahypar"], simulated_annealing_opts={}),
    }


if __name__ == "__main__":
    file_name, method, seconds, workers = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    with open(file_name) as file:
        network = json.load(file)
    run = searches(network["inputs"], network["output"], network["size_dict"], seconds, workers)[method]
    started = time.time()
    try:
        path, trials = run()
        line = {"path": [list(map(int, step)) for step in path], "trials": trials}
    except Exception as error:
        line = {"error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps({"seconds": time.time() - started, **line}), flush=True)
