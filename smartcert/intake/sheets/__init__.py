"""XLSX workbooks: values and formulas of their sheets. Nothing is calculated, executed or fetched."""
