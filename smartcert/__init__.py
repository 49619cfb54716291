"""Evaluation workbook for Korea's smart city certification (스마트도시 인증).

For a researcher's own notebook, everything in one import; each name is loaded when it is first used:

>>> import smartcert
>>> opened = smartcert.open_round("example")
>>> smartcert.applicants(opened).query("level == 1").index.tolist()
['hanbit']
>>> arrays = smartcert.arrays(opened)
>>> smartcert.what_if(arrays, smartcert.Change(bounds={3: 69.5})).table.loc["haneul", "flips"]
'gains'
"""

from __future__ import annotations

__version__ = "0.1.0"

_LAZY_NAMES = {
    "open_round": "smartcert.services.rounds",
    "applicants": "smartcert.analysis.frames",
    "indicators": "smartcert.analysis.frames",
    "scores": "smartcert.analysis.frames",
    "points": "smartcert.analysis.frames",
    "marks": "smartcert.analysis.frames",
    "arrays": "smartcert.analysis.vectorised:from_round",
    "what_if": "smartcert.analysis.what_if",
    "Change": "smartcert.analysis.what_if",
    "confidence": "smartcert.analysis.uncertainty",
    "Plan": "smartcert.analysis.monte_carlo",
    "WeightRange": "smartcert.analysis.monte_carlo",
    "Draws": "smartcert.analysis.monte_carlo",
    "smallest_changes": "smartcert.analysis.thresholds",
    "compare": "smartcert.analysis.what_if",
    "score": "smartcert.analysis.tables",
    "sensitivity": "smartcert.analysis.sensitivity",
    "standard": "smartcert.analysis.audit",
    "names": "smartcert.analysis.audit",
    "reliability": "smartcert.analysis.audit",
    "dimensions": "smartcert.analysis.audit",
    "importance": "smartcert.analysis.audit",
    "separation": "smartcert.analysis.audit",
    "burden": "smartcert.analysis.audit",
    "correlations": "smartcert.analysis.audit",
    "moments": "smartcert.analysis.audit",
    "outliers": "smartcert.analysis.audit",
    "gaps": "smartcert.analysis.audit",
    "weights": "smartcert.analysis.audit",
    "alternatives": "smartcert.analysis.audit",
    "leave_one_out": "smartcert.analysis.audit",
    "margins": "smartcert.analysis.audit",
    "bunching": "smartcert.analysis.audit",
    "links": "smartcert.analysis.audit",
    "review": "smartcert.analysis.committee.results",
    "cohen_kappa": "smartcert.analysis.committee.agreement",
    "KappaWeights": "smartcert.analysis.committee.agreement",
    "resample_agreement": "smartcert.analysis.committee.agreement",
    "alpha_interval": "smartcert.analysis.coherence",
    "severity": "smartcert.analysis.committee.results",
    "influence": "smartcert.analysis.committee.results",
    "history": "smartcert.analysis.history",
    "plot_map": "smartcert.analysis.maps",
    "plot_tiles": "smartcert.analysis.maps",
    "Index": "smartcert.analysis.index",
    "IndicatorTable": "smartcert.analysis.coherence",
    "ErrorSize": "smartcert.analysis.monte_carlo",
    "Aggregation": "smartcert.analysis.arrays",
    "AbsentPolicy": "smartcert.analysis.arrays",
    "CombinationMethod": "smartcert.rules.parameters",
    "EvidenceGrade": "smartcert.model.application",
    "Normalisation": "smartcert.analysis.normalisation",
    "WeightDistribution": "smartcert.analysis.monte_carlo",
    "WeightLevel": "smartcert.analysis.monte_carlo",
    "Pooling": "smartcert.analysis.weights",
    "GapHandling": "smartcert.analysis.coherence",
    "ahp_weights": "smartcert.analysis.weights",
    "IndexMethod": "smartcert.analysis.index",
    "IndexComparison": "smartcert.analysis.index_choices",
    "IndexPlan": "smartcert.analysis.index_choices",
    "IndexUncertainty": "smartcert.analysis.index_choices",
    "Between": "smartcert.analysis.index_choices",
    "WeightNoise": "smartcert.analysis.index_choices",
    "compare_indices": "smartcert.analysis.index_choices",
    "remove_elements": "smartcert.analysis.index_choices",
    "IndexPanel": "smartcert.analysis.panels",
    "Trend": "smartcert.analysis.panels",
    "IndexAggregation": "smartcert.analysis.aggregate",
    "Scale": "smartcert.analysis.normalisation",
    "Treatment": "smartcert.analysis.treat",
    "Transform": "smartcert.analysis.treat",
    "treat": "smartcert.analysis.treat",
    "Imputation": "smartcert.analysis.impute",
    "PanelImputation": "smartcert.analysis.impute",
    "impute": "smartcert.analysis.impute",
    "impute_panel": "smartcert.analysis.impute",
    "screen_units": "smartcert.analysis.impute",
    "equal_weights": "smartcert.analysis.weights",
    "entropy_weights": "smartcert.analysis.weights",
    "critic_weights": "smartcert.analysis.weights",
    "pca_weights": "smartcert.analysis.weights",
    "budget_weights": "smartcert.analysis.weights",
    "optimise_weights": "smartcert.analysis.weights",
    "OptimisedWeights": "smartcert.analysis.weights",
}
"""The module of each name for researchers; ``__init__.pyi`` repeats it for type checkers, and a test compares them."""

__all__ = ["__version__", *_LAZY_NAMES]


def __getattr__(name: str) -> object:
    if name not in _LAZY_NAMES:
        raise AttributeError(f"module 'smartcert' has no attribute '{name}'")
    from importlib import import_module  # by name, so that no package below depends on those above it

    module, _, own = _LAZY_NAMES[name].partition(":")
    value = globals()[name] = getattr(import_module(module), own or name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY_NAMES})
