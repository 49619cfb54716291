"""Received in time and by an allowed channel (the round's call; Notice 2021-223 Art. 9)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from math import ceil

from smartcert.model.application import Application, Channel, Window
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Facts, Finding, Outcome, Stage
from smartcert.rules.receipt import Moment, ReceiptRules
from smartcert.rules.rulebook import Rules


def receipt(application: Application, window: Window, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on time, channel and official letter.

    The window's own minutes belong to it where ``bounds_included`` says so: an application of 18:00 is in time for a
    window that closes at 18:00, one of 18:01 is one minute late. What counts for mail is the moment of arrival unless
    the rules say postmark.
    """
    return (
        _time(application, window, rules.receipt),
        _channel(application, rules.receipt),
        *_official_letter(application, rules.receipt),
    )


def _time(application: Application, window: Window, rules: ReceiptRules) -> Finding:
    moment = _moment_that_counts(application, rules)
    facts = {"arrived": application.arrived_at, "opens": window.opens_at, "closes": window.closes_at}
    channel = {"channel": f"channel.{application.channel}"}
    basis: tuple[Basis, ...] = (window.basis, rules.moment.basis, rules.bounds_included.basis)
    if _early(moment, window, rules):
        return _finding("received_early", Outcome.NOT_MET, basis, Facts(terms=channel, moments=facts))
    if not _late(moment, window, rules):
        return _finding("received_in_time", Outcome.MET, basis, Facts(terms=channel, moments=facts))
    minutes = {"minutes": Fraction(ceil((moment - window.closes_at).total_seconds() / 60))}
    sent = application.sent_at
    refuses = rules.late_is_not_evaluated
    basis = (*basis, refuses.basis)
    if sent is not None and application.channel is Channel.MAIL and not _late(sent, window, rules):
        late = Facts(terms=channel, moments=facts | {"sent": sent}, numbers=minutes)
        return _finding("posted_in_time_arrived_late", Outcome.NOT_MET, basis, late, refuses=refuses.value)
    late = Facts(terms=channel, moments=facts, numbers=minutes)
    return _finding("received_late", Outcome.NOT_MET, basis, late, refuses=refuses.value)


def _moment_that_counts(application: Application, rules: ReceiptRules) -> datetime:
    if rules.moment.value is Moment.POSTMARK and application.sent_at is not None:
        return application.sent_at
    return application.arrived_at


def _early(moment: datetime, window: Window, rules: ReceiptRules) -> bool:
    return moment < window.opens_at or (moment == window.opens_at and not rules.bounds_included.value)


def _late(moment: datetime, window: Window, rules: ReceiptRules) -> bool:
    return moment > window.closes_at or (moment == window.closes_at and not rules.bounds_included.value)


def _channel(application: Application, rules: ReceiptRules) -> Finding:
    terms = {"channel": f"channel.{application.channel}"}
    if application.channel in rules.default_channels.value:
        return _finding("channel_default", Outcome.MET, (rules.default_channels.basis,), Facts(terms=terms))
    basis = (rules.exceptional_channels.basis, rules.reason_needed.basis)
    allowed = application.channel in rules.exceptional_channels.value
    if allowed and (application.channel_reason or not rules.reason_needed.value):
        facts = Facts(terms=terms, words={"reason": application.channel_reason})
        return _finding("channel_reason_given", Outcome.MET, basis, facts)
    return _finding("channel_reason_missing", Outcome.NOT_MET, basis, Facts(terms=terms))


def _official_letter(application: Application, rules: ReceiptRules) -> tuple[Finding, ...]:
    if application.channel not in rules.official_letter_with.value:
        return ()
    basis = (rules.official_letter_with.basis,)
    if application.official_letter:
        return (_finding("official_letter_received", Outcome.MET, basis, Facts()),)
    return (_finding("official_letter_missing", Outcome.NOT_MET, basis, Facts()),)


def _finding(
    code: str, outcome: Outcome, basis: tuple[Basis, ...], facts: Facts, *, refuses: bool | None = None
) -> Finding:
    stops = outcome is Outcome.NOT_MET if refuses is None else refuses
    return Finding(code=code, stage=Stage.RECEIPT, outcome=outcome, basis=basis, facts=facts, refuses=stops)
