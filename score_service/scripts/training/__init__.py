"""From a file of outcomes to a scorecard artifact; needs numpy and scipy, and none of it is imported when serving."""

import os

# L-BFGS-B solves thousands of tiny systems. Threads make each of them slower, many times so on a busy machine; the
# variable is read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
