"""The scripts and the demo that a project starts with, as package data."""
