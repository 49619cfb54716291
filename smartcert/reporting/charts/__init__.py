"""Charts as inline SVG that takes the page's typeface and colours, each with a title and a text alternative.

What is drawn differs by shape and position as well as by colour, and labels stand beside what they name.
"""

from smartcert.reporting.charts.applicant import draw_gap_chart as draw_gap_chart
from smartcert.reporting.charts.applicant import draw_points_chart as draw_points_chart
from smartcert.reporting.charts.applicant import draw_scale_chart as draw_scale_chart
from smartcert.reporting.charts.applicant import draw_standing_chart as draw_standing_chart
from smartcert.reporting.charts.applicant import draw_totals_chart as draw_totals_chart
from smartcert.reporting.charts.applicant import draw_waterfall_chart as draw_waterfall_chart
from smartcert.reporting.charts.committee import draw_marks_chart as draw_marks_chart
from smartcert.reporting.charts.round import draw_domains_chart as draw_domains_chart
from smartcert.reporting.charts.round import draw_funnel_chart as draw_funnel_chart
from smartcert.reporting.charts.round import draw_levels_chart as draw_levels_chart
from smartcert.reporting.charts.round import draw_totals_strip_chart as draw_totals_strip_chart
from smartcert.reporting.charts.svg import Chart as Chart
