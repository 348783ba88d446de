"""Names that try to be more than text in some kind of output."""

FORMULAS = (
    "=1+1", "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "\uff1d1+1", '=HYPERLINK("http://x.invalid","y")',
)  # fmt: skip
MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</svg><script>alert(2)</script>", "]]><b>", "{{7*7}}",
    "'\" onmouseover=\"alert(3)", "[x](javascript:alert(4))", "![x](http://x.invalid/y.png)", "| a | b |", "`code`",
    "[bold red]loud[/bold red]", "\\input{/etc/passwd}", "\\write18{touch x}", "$\\frac{1}{0$", "$x_1$ 50% & #1 ~",
)  # fmt: skip
CONTROLS = (
    "\x1b[31mred\x1b[0m", "\x1b]8;;http://x.invalid\x1b\\link", "a\x00b", "a\x07b\x08c", "\x9b31mred", "two\nlines",
    "tab\tin", "\u202eright to left", "zero\u200bwidth",
)  # fmt: skip
FILES = ("../../up", "/etc/passwd", "CON", "nul.txt", "..", "a:b*c?", "n" * 300)
NAMES = (*FORMULAS, *MARKUP, *CONTROLS, *FILES)
