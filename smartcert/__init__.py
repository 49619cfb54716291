"""Evaluation workbook for Korea's smart city certification (스마트도시 인증)."""

__version__ = "0.1.0"
