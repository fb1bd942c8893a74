"""What the platforms install: rendered from the table of commands and the deployment's settings, checked, packed.

It stands above the channels, so that it can be held against them; only `app.py` knows it.
"""

APP_NAME = "Laurel"
BRAND_COLOUR = "#2f6f52"  # of the drawing in channels/web/static/laurel.svg
MAIN_COMMAND = "laurel"  # the command that every other one can be written after
