"""Macros and pages: from a post's text to what its reader sees."""
