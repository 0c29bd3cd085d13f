"""The HTML report: draws finished objects, computes nothing."""
