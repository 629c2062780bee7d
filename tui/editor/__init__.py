"""The editor of scripts: documents that lose no byte, and the widget to type at."""
