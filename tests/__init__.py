import os

# Before torch is loaded: several test processes share the cores, and threads that spin while they
# wait for each other take more of them than the tests.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
