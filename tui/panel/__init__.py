"""The panel below the editor: output of runs, as untrusted text."""
