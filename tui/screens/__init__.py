"""The screens that lie over the main one: help, questions, forms."""
