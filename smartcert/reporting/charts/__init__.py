"""Charts as inline SVG that takes the page's typeface and colours, each with a title and a text alternative.

Each is told apart by shape and place as well as by colour, and labels stand where the eye is, not in a legend.
"""

from smartcert.reporting.charts.applicant import gap_chart as gap_chart
from smartcert.reporting.charts.applicant import points_chart as points_chart
from smartcert.reporting.charts.applicant import scale_chart as scale_chart
from smartcert.reporting.charts.applicant import standing_chart as standing_chart
from smartcert.reporting.charts.applicant import waterfall_chart as waterfall_chart
from smartcert.reporting.charts.committee import marks_chart as marks_chart
from smartcert.reporting.charts.round import domains_chart as domains_chart
from smartcert.reporting.charts.round import funnel_chart as funnel_chart
from smartcert.reporting.charts.round import levels_chart as levels_chart
from smartcert.reporting.charts.round import totals_chart as totals_chart
from smartcert.reporting.charts.round import totals_strip_chart as totals_strip_chart
from smartcert.reporting.charts.svg import Chart as Chart
from smartcert.reporting.charts.svg import certified_from as certified_from
