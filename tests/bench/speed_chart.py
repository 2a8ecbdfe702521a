# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws the rows of compare_peers.py as an SVG picture, without any library.

One panel a model and number of threads; in it one group of bars a measure. Bars are
relative to the last program of the list (the peer, 1.0), because prompts and single
tokens differ by orders of magnitude; the tokens per second stand beside them.
"""

from __future__ import annotations

from html import escape

COLOURS = ("#1b6ca8", "#e08e45", "#7a9e7e", "#9a6fb0")
LEFT, BAR, GAP, WIDTH, HEAD = 96, 15, 9, 560, 30


def _text(x: float, y: float, text: str, size: int = 12, **attributes) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{extra}>{escape(text)}</text>'


def _panel(title: str, rows: list[dict], programs: list[str],
           top: float) -> tuple[list[str], float]:
    """The elements of one panel, and where the next one begins."""
    base = programs[-1]
    relative = [{p: r[p] / r.get(base, r[programs[0]]) for p in programs if p in r} for r in rows]
    longest = max(value for values in relative for value in values.values())
    scale = (WIDTH - LEFT - 130) / longest
    out, y = [_text(8, top + 18, title, 14, font_weight="bold")], top + HEAD
    for row, values in zip(rows, relative):
        out.append(_text(LEFT - 8, y + BAR * len(values) / 2 + 4, row["measure"],
                         text_anchor="end"))
        for program, value in values.items():
            colour = COLOURS[programs.index(program) % len(COLOURS)]
            out.append(f'<rect x="{LEFT}" y="{y:.1f}" width="{value * scale:.1f}" '
                       f'height="{BAR - 2}" fill="{colour}"/>')
            label = f"{row[program]:.1f} tok/s, {value:.2f}x"
            if program == programs[0] and "share_of_memory" in row:
                label += f", {row['share_of_memory']:.0%} of memory"
            out.append(_text(LEFT + value * scale + 5, y + BAR - 4, label, 11))
            y += BAR
        y += GAP
    return out, y + 10


def draw(rows: list[dict], programs: list[str], statement: str) -> str:
    """The whole SVG file; `statement` says what machine it was."""
    body, y, x = [], 24.0, 8.0
    body.append(_text(x, y, statement, 11, fill="#555"))
    y += 20
    for index, program in enumerate(programs):
        body.append(f'<rect x="{x:.0f}" y="{y - 10:.0f}" width="12" height="12" '
                    f'fill="{COLOURS[index % len(COLOURS)]}"/>')
        body.append(_text(x + 17, y, program))
        x += 40 + 8 * len(program)
    y += 10
    panels: dict[tuple, list[dict]] = {}
    for row in rows:
        panels.setdefault((row["model"], row["threads"]), []).append(row)
    for (model, threads), own in panels.items():
        title = f"{model}, {threads} thread{'s' if threads > 1 else ''}"
        elements, y = _panel(title, own, programs, y)
        body += elements
    width = max(WIDTH + 90, 8 + 6 * len(statement))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y:.0f}" '
            'font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n'
            + "\n".join(body) + "\n</svg>\n")
