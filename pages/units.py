"""What excites this unit? The patches of real pictures that it answers to most."""

from dashboard.network.units import units
from dashboard.visit import visit

units(visit())
