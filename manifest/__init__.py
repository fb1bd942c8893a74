"""What the platforms install: rendered from the commands and the deployment's settings, checked and packed.

It stands above the channels, so that it can be checked against them. Only `app.py` imports it.
"""

APP_NAME = "Laurel"
BRAND_COLOUR = "#2f6f52"  # as in channels/web/static/laurel.svg
MAIN_COMMAND = "laurel"  # every other command works behind it
