import ctypes
import os
from threading import Lock
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from blink.contract.cores import cores
from blink.contract.errors import BundleError
from blink.contract.intelligence import Probabilities
from blink.runtime.fair_semaphore import FairSemaphore

MOST_THREADS: Final = 256
"""Each has a stack of its own, and a machine that is asked for far more does nothing else."""


class Engine:
    """ONNX Runtime on one graph: its settings, callers in turn, and what a fork leaves behind.

    Several threads may use it. In a forked child it starts anew when it is first asked to run: the
    threads of the parent's session are not there, and its locks may never be opened again.

    Attributes:
        threads: Threads within one run.
        spinning: Whether these wait for the next run by going round in circles.
        inputs: Element type and shape of each of the graph's inputs, in ONNX Runtime's words.
    """

    def __init__(self, graph: bytes, name: str, threads: int = 1, spinning: bool = False) -> None:
        """Starts a session.

        Args:
            graph: An ONNX file's content.
            name: What errors call it.
            threads: A whole number, from 1 to `MOST_THREADS`.
            spinning: See above; of no effect on a single thread.

        Raises:
            BundleError: No such number of threads, spinning is no bool, or ONNX Runtime cannot read
                the graph.
            ConfigError: `BLINK_CORES` is set to what is no number of cores.
        """
        if type(threads) is not int or not 1 <= threads <= MOST_THREADS:
            raise BundleError(
                f"A detector runs on a whole number of threads, 1 to {MOST_THREADS}, "
                f"not {threads!r}."
            )
        if type(spinning) is not bool:
            raise BundleError(f"spinning is True or False, not {spinning!r}.")
        self.threads = threads
        self.spinning = spinning
        self._starting: dict[int, Lock] = {}
        self._graph = graph
        self._name = name
        self._start()

    def run(self, batch: NDArray[np.uint8], output: int = 0) -> Probabilities:
        """Runs the graph; at most as many callers at a time as there are cores, others queue.

        Args:
            batch: uint8 (N, channels, height, width).
            output: Which of the graph's outputs, from 0.

        Returns:
            float32 (N,).
        """
        if self._process != os.getpid():
            self._start_in_child()
        with self._semaphore:
            answers = self._session.run(self._outputs[output], {self._input: batch}, self._how)
        probabilities: Probabilities = answers[0]
        return probabilities

    def _start(self) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        spins = "1" if self.spinning else "0"
        options.add_session_config_entry("session.intra_op.allow_spinning", spins)
        options.add_session_config_entry("session.load_model_format", "ONNX")  # what was examined
        try:
            session = ort.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no base class but this
            raise BundleError(f"ONNX Runtime cannot load {self._name}: {error}") from error
        self.inputs = [(entry.type, entry.shape) for entry in session.get_inputs()]
        self._input = session.get_inputs()[0].name
        self._outputs = [[entry.name] for entry in session.get_outputs()]
        self._how = ort.RunOptions()  # made anew for every run, it would take half a microsecond
        self._session = session
        self._semaphore = FairSemaphore(max(1, cores() // self.threads))
        self._process = os.getpid()  # last: whoever finds it changed runs without a lock

    def _start_in_child(self) -> None:
        # A lock of the child's own: the parent's may have been held by a thread that is not here.
        with self._starting.setdefault(os.getpid(), Lock()):
            if self._process == os.getpid():
                return  # another of the child's threads came first
            # To free the parent's session would be to wait for its threads, which are not here.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._session))
            self._start()
