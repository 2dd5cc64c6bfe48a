"""What houses and shops are painted in: linear albedo."""

from filmgate.engines.animatic.light import Colour

DARK: Colour = (0.07, 0.075, 0.08)
GREY: Colour = (0.30, 0.30, 0.30)
WHITE: Colour = (0.62, 0.60, 0.56)
GREEN: Colour = (0.06, 0.13, 0.10)
RED: Colour = (0.42, 0.07, 0.05)
BROWN: Colour = (0.20, 0.13, 0.08)
NAVY: Colour = (0.09, 0.11, 0.18)
ZINC_BLUE: Colour = (0.27, 0.30, 0.33)
