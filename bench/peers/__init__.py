"""Stock programs to compare with. Each runs as a process of its own and is never imported here."""
