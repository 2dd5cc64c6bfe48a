"""Every layer by its name in `soundscapes.toml`."""

from collections.abc import Callable, Mapping

from filmgate.engines.animatic.sounds import land, life, tones, water, weather
from filmgate.engines.animatic.sounds.curves import Layer
from filmgate.engines.animatic.sounds.spot import Spot

LAYERS: Mapping[str, Callable[[Spot], Layer]] = {
    build.__name__: build
    for build in (
        land.city,
        land.creaks,
        land.dry_tyres,
        land.grass,
        land.leaves,
        land.room,
        land.sand,
        land.traffic,
        land.wet_tyres,
        life.birds,
        life.crickets,
        life.grasshoppers,
        tones.air,
        tones.drone,
        tones.shimmer,
        water.bubbles,
        water.deep,
        water.drips,
        water.lapping,
        water.stream,
        water.surf,
        weather.grit,
        weather.high_wind,
        weather.rain_on_ground,
        weather.rain_on_leaves,
        weather.rain_on_stone,
        weather.rain_on_water,
        weather.snow_hiss,
        weather.thunder,
        weather.wind,
    )
}
"""How each is built; an even layer is about as loud as any other at the same level."""
