"""Recorded values of watches, from where they are kept: results of the batch, Prometheus, RRD files, counts.

Every reader returns `Series`: one value of one watch on one host over time.
"""
