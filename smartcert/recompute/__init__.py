"""A report computed again from the trace that its page carries, and from nothing else."""

from smartcert.recompute.compare import Difference as Difference
from smartcert.recompute.compare import Recomputation as Recomputation
from smartcert.recompute.compare import recompute as recompute
