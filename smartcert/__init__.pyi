from smartcert.analysis.arrays import AbsentPolicy as AbsentPolicy
from smartcert.analysis.arrays import Aggregation as Aggregation
from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.audit import alternatives as alternatives
from smartcert.analysis.audit import bunching as bunching
from smartcert.analysis.audit import burden as burden
from smartcert.analysis.audit import correlations as correlations
from smartcert.analysis.audit import dimensions as dimensions
from smartcert.analysis.audit import gaps as gaps
from smartcert.analysis.audit import importance as importance
from smartcert.analysis.audit import leave_one_out as leave_one_out
from smartcert.analysis.audit import links as links
from smartcert.analysis.audit import margins as margins
from smartcert.analysis.audit import moments as moments
from smartcert.analysis.audit import names as names
from smartcert.analysis.audit import outliers as outliers
from smartcert.analysis.audit import reliability as reliability
from smartcert.analysis.audit import separation as separation
from smartcert.analysis.audit import standard as standard
from smartcert.analysis.audit import weights as weights
from smartcert.analysis.coherence import GapHandling as GapHandling
from smartcert.analysis.coherence import IndicatorTable as IndicatorTable
from smartcert.analysis.committee.results import review as review
from smartcert.analysis.frames import applicants as applicants
from smartcert.analysis.frames import indicators as indicators
from smartcert.analysis.frames import marks as marks
from smartcert.analysis.frames import points as points
from smartcert.analysis.frames import scores as scores
from smartcert.analysis.history import history as history
from smartcert.analysis.index import Index as Index
from smartcert.analysis.monte_carlo import Draws as Draws
from smartcert.analysis.monte_carlo import ErrorSize as ErrorSize
from smartcert.analysis.monte_carlo import Plan as Plan
from smartcert.analysis.monte_carlo import WeightDistribution as WeightDistribution
from smartcert.analysis.monte_carlo import WeightLevel as WeightLevel
from smartcert.analysis.monte_carlo import WeightRange as WeightRange
from smartcert.analysis.normalisation import Normalisation as Normalisation
from smartcert.analysis.sensitivity import sensitivity as sensitivity
from smartcert.analysis.tables import score as score
from smartcert.analysis.thresholds import smallest_changes as smallest_changes
from smartcert.analysis.uncertainty import confidence as confidence
from smartcert.analysis.weights import Pooling as Pooling
from smartcert.analysis.weights import ahp_weights as ahp_weights
from smartcert.analysis.what_if import Change as Change
from smartcert.analysis.what_if import compare as compare
from smartcert.analysis.what_if import what_if as what_if
from smartcert.model.application import EvidenceGrade as EvidenceGrade
from smartcert.rules.parameters import CombinationMethod as CombinationMethod
from smartcert.services.rounds import OpenRound
from smartcert.services.rounds import open_round as open_round

__version__: str
__all__: list[str]

def arrays(opened: OpenRound) -> RoundArrays: ...
