; What Inkstand colours in Python. Few names: every change of style costs bytes on the line.
; A pattern must never have both a text predicate (#eq?, #any-of?, ...) and #set!: tree-sitter 0.26.1
; crashes while compiling it. Inner nodes win over outer ones; at the same place the later pattern wins.

(comment) @comment
(string) @string
(concatenated_string) @string
(escape_sequence) @string.escape
(interpolation) @embedded
(interpolation ["{" "}"] @string.escape)
(format_specifier) @string.escape

(integer) @number
(float) @number
[(true) (false) (none) (ellipsis)] @constant

((identifier) @constant
  (#match? @constant "^[A-Z][A-Z0-9_]+$"))

((identifier) @self
  (#any-of? @self "self" "cls"))

(function_definition name: (identifier) @function)
(class_definition name: (identifier) @class)
(type (identifier) @type)
(type (subscript (identifier) @type))

(decorator) @decorator

((call function: (identifier) @builtin)
  (#any-of? @builtin
    "abs" "all" "any" "ascii" "bin" "bool" "breakpoint" "bytearray" "bytes" "callable" "chr"
    "classmethod" "compile" "complex" "delattr" "dict" "dir" "divmod" "enumerate" "eval" "exec"
    "filter" "float" "format" "frozenset" "getattr" "globals" "hasattr" "hash" "help" "hex" "id"
    "input" "int" "isinstance" "issubclass" "iter" "len" "list" "locals" "map" "max" "memoryview"
    "min" "next" "object" "oct" "open" "ord" "pow" "print" "property" "range" "repr" "reversed"
    "round" "set" "setattr" "slice" "sorted" "staticmethod" "str" "sum" "super" "tuple" "type"
    "vars" "zip" "__import__"))

[
  "and" "as" "assert" "async" "await" "break" "case" "class" "continue" "def" "del" "elif" "else"
  "except" "finally" "for" "from" "global" "if" "import" "in" "is" "lambda" "match" "nonlocal"
  "not" "or" "pass" "raise" "return" "try" "while" "with" "yield"
] @keyword
(type_alias_statement "type" @keyword)
