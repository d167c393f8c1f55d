"""Processes for tests that kill some, or race them: forked off a warm one, which has imported everything and opened nothing.

The warm one ends with the process that runs the tests, however that ends; and the forked ones with the pipe to it.
"""

from multiprocessing import get_context

FORKED = get_context("forkserver")
FORKED.set_forkserver_preload(["tests.faults.recorder", "tests.races.crew"])
