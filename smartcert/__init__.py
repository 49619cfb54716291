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
    "standard": "smartcert.analysis.indices.audit",
    "names": "smartcert.analysis.indices.audit",
    "reliability": "smartcert.analysis.indices.audit",
    "dimensions": "smartcert.analysis.indices.audit",
    "importance": "smartcert.analysis.indices.audit",
    "separation": "smartcert.analysis.indices.audit",
    "burden": "smartcert.analysis.indices.audit",
    "correlations": "smartcert.analysis.indices.audit",
    "moments": "smartcert.analysis.indices.audit",
    "outliers": "smartcert.analysis.indices.audit",
    "gaps": "smartcert.analysis.indices.audit",
    "weights": "smartcert.analysis.indices.audit",
    "alternatives": "smartcert.analysis.indices.audit",
    "leave_one_out": "smartcert.analysis.indices.audit",
    "margins": "smartcert.analysis.indices.audit",
    "bunching": "smartcert.analysis.indices.audit",
    "links": "smartcert.analysis.indices.audit",
    "review": "smartcert.analysis.committee.results",
    "cohen_kappa": "smartcert.analysis.committee.agreement",
    "KappaWeights": "smartcert.analysis.committee.agreement",
    "AgreementMetric": "smartcert.analysis.committee.agreement",
    "icc": "smartcert.analysis.committee.agreement",
    "kendall_w": "smartcert.analysis.committee.agreement",
    "krippendorff_alpha": "smartcert.analysis.committee.agreement",
    "resample_agreement": "smartcert.analysis.committee.agreement",
    "alpha_interval": "smartcert.analysis.indices.coherence",
    "severity": "smartcert.analysis.committee.results",
    "influence": "smartcert.analysis.committee.results",
    "history": "smartcert.analysis.history",
    "plot_map": "smartcert.analysis.maps",
    "plot_tiles": "smartcert.analysis.maps",
    "use_korean_font": "smartcert.analysis.plots",
    "Index": "smartcert.analysis.indices.index",
    "IndicatorTable": "smartcert.analysis.indices.coherence",
    "ErrorSize": "smartcert.analysis.monte_carlo",
    "Aggregation": "smartcert.analysis.arrays",
    "AbsentPolicy": "smartcert.analysis.arrays",
    "CombinationMethod": "smartcert.rules.parameters",
    "EvidenceGrade": "smartcert.model.application",
    "Normalisation": "smartcert.analysis.indices.normalisation",
    "WeightDistribution": "smartcert.analysis.monte_carlo",
    "WeightLevel": "smartcert.analysis.monte_carlo",
    "Pooling": "smartcert.analysis.indices.weights",
    "GapHandling": "smartcert.analysis.indices.coherence",
    "ahp_weights": "smartcert.analysis.indices.weights",
    "IndexMethod": "smartcert.analysis.indices.index",
    "IndexComparison": "smartcert.analysis.indices.index_choices",
    "IndexPlan": "smartcert.analysis.indices.index_choices",
    "IndexUncertainty": "smartcert.analysis.indices.index_choices",
    "Between": "smartcert.analysis.indices.index_choices",
    "WeightNoise": "smartcert.analysis.indices.index_choices",
    "compare_indices": "smartcert.analysis.indices.index_choices",
    "remove_elements": "smartcert.analysis.indices.index_choices",
    "IndexPanel": "smartcert.analysis.indices.panels",
    "Trend": "smartcert.analysis.indices.panels",
    "IndexAggregation": "smartcert.analysis.indices.aggregate",
    "Scale": "smartcert.analysis.indices.normalisation",
    "Treatment": "smartcert.analysis.indices.treat",
    "Transform": "smartcert.analysis.indices.treat",
    "treat": "smartcert.analysis.indices.treat",
    "Imputation": "smartcert.analysis.indices.impute",
    "PanelImputation": "smartcert.analysis.indices.impute",
    "impute": "smartcert.analysis.indices.impute",
    "impute_panel": "smartcert.analysis.indices.impute",
    "screen_units": "smartcert.analysis.indices.impute",
    "equal_weights": "smartcert.analysis.indices.weights",
    "entropy_weights": "smartcert.analysis.indices.weights",
    "critic_weights": "smartcert.analysis.indices.weights",
    "pca_weights": "smartcert.analysis.indices.weights",
    "budget_weights": "smartcert.analysis.indices.weights",
    "optimise_weights": "smartcert.analysis.indices.weights",
    "OptimisedWeights": "smartcert.analysis.indices.weights",
}
"""The module of each name for researchers; ``__init__.pyi`` repeats it for type checkers, and a test compares them."""

__all__ = ["__version__", *_LAZY_NAMES]


def __getattr__(name: str) -> object:
    if name not in _LAZY_NAMES:
        from smartcert.errors import suggest  # here, so that importing the package imports nothing

        hint = "" if name.startswith("_") else suggest(name, _LAZY_NAMES)
        raise AttributeError(f"module 'smartcert' has no attribute '{name}'{hint}")
    from importlib import import_module  # by name, so that no package below depends on those above it

    module, _, own = _LAZY_NAMES[name].partition(":")
    value = globals()[name] = getattr(import_module(module), own or name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY_NAMES})
