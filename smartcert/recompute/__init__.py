"""A report calculated again from the trace that its page carries, with nothing else at hand."""

from smartcert.recompute.compare import Difference as Difference
from smartcert.recompute.compare import Recomputation as Recomputation
from smartcert.recompute.compare import recompute as recompute
