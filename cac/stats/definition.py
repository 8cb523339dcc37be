"""What a view is, as numbers carry it: the version of the published definition and of the rules for robots.

The definition in words stands on the statistics page (templates/insights/_definition.html); who changes what is counted
changes the words there and the version here.
"""

DEFINITION_VERSION = "1"
LATE_AFTER_SECONDS = 60.0
"""Counts that are older than this are shown as late, to visitors, to the operator and by `cac doctor`."""
