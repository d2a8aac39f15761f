"""Where does it look? Attention of a transformer from any patch, head by head, how far it reaches, and rollout."""

from dashboard.network.attending import attending
from dashboard.visit import visit

attending(visit())
