"""Text of cards, filled to the width of the page."""
import textwrap

WIDTH = 120


def filled(text):
    """Paragraphs filled; headings, tables, lists and code stay as they are."""
    blocks = text.split('\n\n')
    return '\n\n'.join(b if b.lstrip('\n')[:1] in ('#', '|', '-', ' ', '') else
                       textwrap.fill(b, WIDTH, break_long_words=False, break_on_hyphens=False) for b in blocks)
