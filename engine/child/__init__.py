"""What runs inside a kernel. Standard library and msgspec only: no import of ours may come in here."""
