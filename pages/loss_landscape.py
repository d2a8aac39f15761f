"""What does the loss look like around these weights? Landscapes, trainings on one plane, sharpness."""

from dashboard.landscape.page import landscape
from dashboard.visit import visit

landscape(visit())
