"""Paths of opt_einsum and cotengra for the networks of a JSON file; called by compare.ts.

Arguments: a file with {"name": {"inputs", "output", "size_dict"}}, seconds for each search of cotengra, worker processes.
Prints one JSON object a line: name, method, seconds, trials, path (single static assignment) or error.
"""
import json
import sys
import time
import warnings

import cotengra as ctg
import opt_einsum as oe

warnings.filterwarnings("ignore")


def report(name, method, run):
    started = time.time()
    try:
        path, trials = run()
        line = {"path": [list(map(int, step)) for step in path], "trials": trials}
    except Exception as error:
        line = {"error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps({"name": name, "method": method, "seconds": time.time() - started, **line}), flush=True)


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

    yield "opt_einsum greedy", opt_einsum(oe.paths.greedy)
    yield "opt_einsum random-greedy-128", opt_einsum(oe.path_random.random_greedy_128)
    if len(inputs) <= 14:
        yield "opt_einsum dp", opt_einsum(oe.paths.DynamicProgramming(minimize="flops"))
    yield "cotengra greedy", hyper(["greedy"])
    yield "cotengra greedy+kahypar, reconfiguration", hyper(["greedy", "kahypar"], reconf_opts={})
    yield "cotengra annealing", hyper(["greedy", "kahypar"], simulated_annealing_opts={})


if __name__ == "__main__":
    networks, seconds, workers = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    with open(networks) as file:
        for name, network in json.load(file).items():
            inputs, output, sizes = network["inputs"], network["output"], network["size_dict"]
            for method, run in searches(inputs, output, sizes, seconds, workers):
                report(name, method, run)
