"""Numbers as figures set them: the rule of :mod:`tmsmeta.words.numbers` with a true minus sign."""

from tmsmeta.words.numbers import DASH as DASH
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.numbers import MINUS as MINUS

fixed, effect, limit, general = FIGURE.number, FIGURE.effect, FIGURE.limit, FIGURE.general
p_value, percent, tau2 = FIGURE.p_value, FIGURE.share, FIGURE.tau2
count, tick, plain = FIGURE.count, FIGURE.tick, FIGURE.plain
