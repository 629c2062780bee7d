"""Git, by its own command: the history of a project's folder, its changes, and committing them.

Nothing here shows anything, and reading starts no program that a repository names.
"""

from store.git.blame import GitBlame, line_origin
from store.git.commits import GitActionResult, commit, identity_problem, init
from store.git.contents import GitCommit, GitDiff, GitFile, diff, show
from store.git.history import GitEntry, GitLog, SyncStatus, Walk, log
from store.git.status import GitChange, GitState, branch, state
from store.git.words import GitError, Trouble

__all__ = [
    "GitActionResult",
    "GitBlame",
    "GitChange",
    "GitCommit",
    "GitDiff",
    "GitEntry",
    "GitError",
    "GitFile",
    "GitLog",
    "GitState",
    "SyncStatus",
    "Trouble",
    "Walk",
    "branch",
    "commit",
    "diff",
    "identity_problem",
    "init",
    "line_origin",
    "log",
    "show",
    "state",
]
