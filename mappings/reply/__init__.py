"""Judging what a reply is, and matching it to an assignment."""
