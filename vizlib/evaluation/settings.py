"""Settings that several evaluations share: how sure, how often drawn, from which seed."""

from typing import Annotated

from vizlib.core.options import Range

Level = Annotated[float, Range(0.5, 0.9999), "How sure an interval is to hold the true value."]
Samples = Annotated[int, Range(10, 100_000), "How often the examples are drawn anew."]
Seed = Annotated[int, Range(0, 2**31 - 1), "Of the random numbers; another seed draws other examples."]
Cost = Annotated[float, Range(0, 1e9)]
