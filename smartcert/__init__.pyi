from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.frames import applicants as applicants
from smartcert.analysis.frames import indicators as indicators
from smartcert.analysis.frames import marks as marks
from smartcert.analysis.frames import points as points
from smartcert.analysis.frames import scores as scores
from smartcert.analysis.index import Index as Index
from smartcert.analysis.monte_carlo import Draws as Draws
from smartcert.analysis.monte_carlo import Plan as Plan
from smartcert.analysis.monte_carlo import WeightRange as WeightRange
from smartcert.analysis.thresholds import smallest_changes as smallest_changes
from smartcert.analysis.uncertainty import confidence as confidence
from smartcert.analysis.weights import ahp_weights as ahp_weights
from smartcert.analysis.what_if import Change as Change
from smartcert.analysis.what_if import compare as compare
from smartcert.analysis.what_if import what_if as what_if
from smartcert.services.rounds import OpenRound
from smartcert.services.rounds import open_round as open_round

__version__: str
__all__: list[str]

def arrays(opened: OpenRound) -> RoundArrays: ...
