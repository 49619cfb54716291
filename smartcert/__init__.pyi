from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.compare import compare as compare
from smartcert.analysis.confidence import confidence as confidence
from smartcert.analysis.flips import smallest_changes as smallest_changes
from smartcert.analysis.frames import applicants as applicants
from smartcert.analysis.frames import indicators as indicators
from smartcert.analysis.frames import marks as marks
from smartcert.analysis.frames import points as points
from smartcert.analysis.frames import scores as scores
from smartcert.analysis.index import Index as Index
from smartcert.analysis.plan import Plan as Plan
from smartcert.analysis.plan import WeightRange as WeightRange
from smartcert.analysis.what_if import Change as Change
from smartcert.analysis.what_if import what_if as what_if
from smartcert.analysis.worlds import Worlds as Worlds
from smartcert.rounds import OpenRound
from smartcert.rounds import open_round as open_round

__version__: str
__all__: list[str]

def arrays(opened: OpenRound) -> RoundArrays: ...
