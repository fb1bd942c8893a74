"""Teams' numbers, by name."""

CARD_BYTES = 25 * 1024  # a message may have 100 KB; older clients and connectors stop earlier
ACTIONS = 6  # more of them are hidden behind a menu
TITLE = 64  # characters of a dialog's title
TEXT = 4000  # characters of one block: nobody reads more on a phone
TABLE_ROWS = 30
CHOICES = 100
