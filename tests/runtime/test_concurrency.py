"""One detector, many callers: threads, forked children, spawned processes."""

import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from blink.contract import BundleError
from blink.runtime import Bundle, Detector
from tests.exported import draw, golden

LIMIT = 60.0
"""Seconds after which a process counts as hanging."""

FORKED = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@pytest.mark.parametrize("threads", [1, 2])
def test_detector_answers_each_caller_when_many_call_at_once(bundle: Bundle, threads: int) -> None:
    detector = Detector(bundle, threads=threads)
    rng = np.random.default_rng(0)
    crops = [draw(number % 2 == 1, rng, 20 + number) for number in range(40)]
    alone = [float(detector.predict([crop])[0]) for crop in crops]

    def call(number: int) -> float:
        return float(detector.predict([crops[number % 40]])[0])

    with ThreadPoolExecutor(32) as pool:
        together = list(pool.map(call, range(2000)))
    assert together == alone * 50


def test_detector_answers_others_when_one_caller_is_wrong(bundle: Bundle) -> None:
    detector = Detector(bundle)
    wrong = np.zeros((1, 1, 9, 9), np.uint8)
    for _ in range(100):  # more than there are places
        with pytest.raises(Exception, match="INVALID_ARGUMENT"):
            detector.run(wrong)
    assert detector.predict(golden()).shape == (6,)


@FORKED
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("threads", [1, 2])
def test_detector_works_in_a_child_when_it_was_made_before_the_fork(
    bundle: Bundle, threads: int
) -> None:
    detector = Detector(bundle, threads=threads)
    expected = detector.predict(golden())
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(detector.predict(golden())))
    child.start()
    assert receiver.poll(LIMIT)
    np.testing.assert_array_equal(receiver.recv(), expected)
    child.join(LIMIT)
    assert child.exitcode == 0
    np.testing.assert_array_equal(detector.predict(golden()), expected)


FORK_AND_LEAVE = """
import os, sys, numpy as np
from blink.runtime import Detector
detector = Detector.load(sys.argv[1], threads=int(sys.argv[2]))
crop = np.full((40, 50), 120, np.uint8)
p = detector.predict([crop])
child = os.fork()
same = bool((detector.predict([crop]) == p).all())
if child == 0:
    sys.exit(0 if same else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), same)
"""


@FORKED
@pytest.mark.parametrize("threads", [1, 2])
def test_child_ends_well_when_it_tidies_up_after_itself(bundle: Bundle, threads: int) -> None:
    command = [sys.executable, "-c", FORK_AND_LEAVE, str(bundle.folder), str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.stdout == "0 True\n", done.stderr


STARTS_OF_A_CHILD = """
import os, sys, threading, numpy as np
from blink.runtime import Detector, engine
detector = Detector.load(sys.argv[1])
crop = np.full((40, 50), 120, np.uint8)
p, started, session = detector.predict([crop]), [], engine.ort.InferenceSession
def start(*given, **named):
    started.append(1)
    return session(*given, **named)
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
engine.ort.InferenceSession, gate, same = start, threading.Barrier(16), []
def ask():
    gate.wait()
    same.append(bool((detector.predict([crop]) == p).all()))
threads = [threading.Thread(target=ask) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(started), same.count(True), flush=True)
"""


@FORKED
def test_child_starts_one_session_when_many_threads_ask_at_once(bundle: Bundle) -> None:
    command = [sys.executable, "-c", STARTS_OF_A_CHILD, str(bundle.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.stdout, done.returncode) == ("1 16\n", 0), done.stderr


MANY_AT_THE_END = """
import atexit, sys, numpy as np
from blink.runtime import Detector
detector = Detector.load(sys.argv[1])
crop = np.full((40, 50), 120, np.uint8)
p = detector.predict([crop])
atexit.register(lambda: print(bool((detector.predict([crop] * 600) == p).all())))
"""


def test_detector_answers_many_when_the_interpreter_ends(bundle: Bundle) -> None:
    command = [sys.executable, "-c", MANY_AT_THE_END, str(bundle.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_detector_answers_alike_when_a_spawned_process_is_handed_it(bundle: Bundle) -> None:
    detector = Detector(bundle, "fp32")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answers = pool.apply_async(detector.predict, (golden(),)).get(LIMIT)
    np.testing.assert_array_equal(answers, detector.predict(golden()))


def test_detector_keeps_its_settings_when_it_is_pickled(bundle: Bundle) -> None:
    detector = Detector(bundle, "fp32", threads=2, spinning=True)
    copy = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own
    assert (copy.precision, copy.bundle.name) == ("fp32", "drawn")
    assert (copy._engine.threads, copy._engine.spinning) == (2, True)
    np.testing.assert_array_equal(copy.predict(golden()), detector.predict(golden()))


def test_pickled_detector_is_refused_when_it_answers_otherwise_there(bundle: Bundle) -> None:
    other = {**bundle.golden, "p_closed": {"int8": [0.5] * 6}}
    detector = Detector(replace(bundle, golden=other), "int8")
    with pytest.raises(BundleError, match="does not give its golden answers on this machine"):
        pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own
