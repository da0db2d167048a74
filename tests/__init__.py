import os

# Before numpy and torch are loaded: several test processes share the cores, and threads that wait
# for each other take more of them than the tests.
for _name, _value in {
    "OMP_WAIT_POLICY": "PASSIVE",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}.items():
    os.environ.setdefault(_name, _value)
