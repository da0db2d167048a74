"""Ways to make a candidate; `_target_` objects of `conf/export`."""

from blink.export.search.recipes.aware import Aware
from blink.export.search.recipes.float32 import Float32
from blink.export.search.recipes.fused import Fused
from blink.export.search.recipes.half import Half
from blink.export.search.recipes.mixed import Mixed
from blink.export.search.recipes.static import Static

__all__ = ["Aware", "Float32", "Fused", "Half", "Mixed", "Static"]
