"""A report calculated again from the trace that its page carries, with nothing else at hand."""

from smartcert.recompute.comparing import Recomputation as Recomputation
from smartcert.recompute.comparing import recompute as recompute
from smartcert.recompute.difference import Difference as Difference
